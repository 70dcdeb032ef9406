/**
 * The settings page's composition root: reads and follows the stored values, pairs, writes what is changed, and keeps a
 * link to the paired relay for changes of its cameras.
 */

import { signal } from '@preact/signals';
import { render } from 'preact';
import { browser, storagePort } from '../extension/browser.ts';
import { LocalNetwork } from '../extension/local-network.ts';
import { PairError, pair } from '../extension/pair.ts';
import { linkTarget } from '../extension/relay-address.ts';
import { RelayLink } from '../extension/relay-link.ts';
import { type PairedRelay, settingsStore } from '../extension/settings.ts';
import { statusStore } from '../extension/status.ts';
import { receivesH264 } from '../extension/webrtc.ts';
import { setPageTexts, text } from '../texts/text.ts';
import { monotonicClock, platformTimers, wallClock } from '../wire/ports.ts';
import { openTextSocket } from '../wire/socket-port.ts';
import { browserName } from './browser-name.ts';
import { CameraManager } from './camera-manager.ts';
import { Options, type OptionsActions, type OptionsState } from './options.tsx';
import type { PairingState } from './pairing.tsx';

const settings = settingsStore(storagePort('local'));
const status = statusStore(storagePort('session'));
const state = signal<OptionsState | undefined>(undefined);
const pairing = signal<PairingState>({ phase: 'idle' });
const cameras = signal<CameraManager | undefined>(undefined);
const localNetwork = new LocalNetwork(navigator.permissions);
const report = (error: unknown): void => reportError(error);

async function refresh(): Promise<void> {
  const [stored, current] = await Promise.all([settings.read(), status.read()]);
  const h264 = receivesH264(globalThis.RTCRtpReceiver);
  state.value = { settings: stored, relay: current.relay, h264 };
  connect(stored.relay);
}

const link = new RelayLink({
  ...{ openSocket: openTextSocket, clock: monotonicClock, wallClock, timers: platformTimers() },
  random: Math.random,
  client: 'tool',
});
let linkedTo = '';

function connect(relay: PairedRelay | undefined): void {
  const wanted = relay === undefined ? '' : `${relay.address} ${relay.token}`;
  if (wanted === linkedTo) return;
  linkedTo = wanted;
  const target = relay === undefined ? undefined : linkTarget(relay);
  link.stop();
  cameras.value?.stop();
  cameras.value = target === undefined ? undefined : new CameraManager(link);
  if (target !== undefined) link.start(target);
}

const actions: OptionsActions = {
  pair(request) {
    pairing.value = { phase: 'busy' };
    pair({ openSocket: openTextSocket, timers: platformTimers(), localNetwork }, request)
      .then((relay) => settings.write({ relay }))
      .then(
        () => {
          pairing.value = { phase: 'idle' };
        },
        (error: unknown) => {
          if (!(error instanceof PairError)) report(error);
          const message = error instanceof Error ? error.message : String(error);
          const field = error instanceof PairError && error.failure.endsWith('code') ? 'code' : 'address';
          pairing.value = { phase: 'failed', message, field };
        },
      );
  },
  unpair: () => {
    settings.write({ relay: undefined }).catch(report);
  },
  change: (patch) => {
    settings.write(patch).catch(report);
  },
};

setPageTexts(text('optionsTitle'));
const root = document.getElementById('app');
if (root !== null) {
  const version = browser.runtime.getManifest().version;
  const name = browserName(navigator.userAgent);
  render(<Options {...{ state, pairing, cameras, actions, version }} browserName={name} />, root);
}
const follow = (): void => {
  refresh().catch(report);
};
settings.subscribe(follow, report);
status.subscribe(follow, report);
follow();
