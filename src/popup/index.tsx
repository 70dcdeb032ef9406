/** The popup's composition root: reads settings and status, follows their changes, carries out what is clicked. */

import { signal } from '@preact/signals';
import { render } from 'preact';
import { browser, storagePort } from '../extension/browser.ts';
import type { Message } from '../extension/messages.ts';
import { settingsStore } from '../extension/settings.ts';
import { statusStore } from '../extension/status.ts';
import { WallStatuses } from '../extension/wall-status.ts';
import { setPageTexts } from '../texts/text.ts';
import { platformTimers } from '../wire/ports.ts';
import { Popup, type PopupActions, type PopupState } from './popup.tsx';

const settings = settingsStore(storagePort('local'));
const status = statusStore(storagePort('session'));
const walls = new WallStatuses(storagePort('session'));
const state = signal<PopupState | undefined>(undefined);
const report = (error: unknown): void => reportError(error);

async function refresh(): Promise<void> {
  const [chosen, current, wall] = await Promise.all([settings.read(), status.read(), walls.newest()]);
  state.value = { settings: chosen, status: current, wall, nowMs: Date.now() };
}

function tell(message: Message): Promise<unknown> {
  return browser.runtime.sendMessage(message);
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
  retryRelay: () => {
    tell({ to: 'background:retry-relay' }).catch(report);
  },
};

setPageTexts('Lockstep');
const root = document.getElementById('app');
if (root !== null) render(<Popup state={state} actions={actions} />, root);
const follow = (): void => {
  refresh().catch(report);
};
settings.subscribe(follow, report);
status.subscribe(follow, report);
walls.subscribe(follow);
// Keeps "since" and "next try" honest.
platformTimers().every(1000, follow);
follow();
