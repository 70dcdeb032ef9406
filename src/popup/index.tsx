/** The popup's composition root: reads settings and status, follows their changes, carries out what is clicked. */

import { signal } from '@preact/signals';
import { render } from 'preact';
import { browser, storagePort, tell } from '../extension/browser.ts';
import { settingsStore } from '../extension/settings.ts';
import { RelayStatuses } from '../extension/status.ts';
import { WallStatuses } from '../extension/wall-status.ts';
import { setPageTexts } from '../texts/text.ts';
import { platformTimers } from '../wire/ports.ts';
import { Popup, type PopupActions, type PopupState } from './popup.tsx';

const settings = settingsStore(storagePort('local'));
const statuses = new RelayStatuses(storagePort('session'));
const walls = new WallStatuses(storagePort('session'));
const state = signal<PopupState | undefined>(undefined);
const report = (error: unknown): void => reportError(error);

async function refresh(): Promise<void> {
  const [chosen, wall] = await Promise.all([settings.read(), walls.newest()]);
  const known = await statuses.read(chosen.relays.map(({ key }) => key));
  const relays = chosen.relays.map((paired) => ({ paired, status: known.get(paired.key) }));
  state.value = { settings: chosen, relays, wall, nowMs: Date.now() };
}

const actions: PopupActions = {
  chooseMode: (mode) => {
    settings.write({ mode }).catch(report);
  },
  showWall: (camera) => {
    tell({ to: 'background:show-wall', ...(camera === undefined ? {} : { camera }) }).then(
      () => window.close(),
      report,
    );
  },
  openOptions: () => {
    browser.runtime.openOptionsPage().then(() => window.close(), report);
  },
  retryRelay: (relay) => {
    tell({ to: 'background:retry-relay', relay }).catch(report);
  },
};

setPageTexts('Lockstep');
const root = document.getElementById('app');
if (root !== null) render(<Popup state={state} actions={actions} />, root);
const follow = (): void => {
  refresh().catch(report);
};
settings.subscribe(follow, report);
statuses.subscribe(follow);
walls.subscribe(follow);
// Keeps "since" and "next try" honest.
platformTimers().every(1000, follow);
follow();
