/**
 * The settings page's composition root: reads and follows the stored values, pairs, writes what is changed, and keeps a
 * link to each paired relay for changes of its cameras.
 */

import { signal } from '@preact/signals';
import { render } from 'preact';
import { browser, storagePort, tell } from '../extension/browser.ts';
import { LocalNetwork } from '../extension/local-network.ts';
import { PairError, pair } from '../extension/pair.ts';
import { withName, withoutPairing, withPairing } from '../extension/pairings.ts';
import { certificatePage, linkTarget, parseRelayAddress, secureAddress } from '../extension/relay-address.ts';
import { RelayLink } from '../extension/relay-link.ts';
import { type PairedRelay, settingsStore } from '../extension/settings.ts';
import { RelayStatuses } from '../extension/status.ts';
import { receivesH264 } from '../extension/webrtc.ts';
import { setPageTexts, text } from '../texts/text.ts';
import { monotonicClock, platformTimers, wallClock } from '../wire/ports.ts';
import { openTextSocket } from '../wire/socket-port.ts';
import { browserName } from './browser-name.ts';
import { CameraManager } from './camera-manager.ts';
import { Options, type OptionsActions, type OptionsState } from './options.tsx';
import type { PairingState } from './pairing.tsx';

const settings = settingsStore(storagePort('local'));
const statuses = new RelayStatuses(storagePort('session'));
const state = signal<OptionsState | undefined>(undefined);
const pairing = signal<PairingState>({ phase: 'idle' });
const cameras = signal<ReadonlyMap<string, CameraManager>>(new Map());
const localNetwork = new LocalNetwork(navigator.permissions);
const report = (error: unknown): void => reportError(error);

async function refresh(): Promise<void> {
  const stored = await settings.read();
  const known = await statuses.read(stored.relays.map(({ key }) => key));
  const relays = stored.relays.map((paired) => ({ paired, status: known.get(paired.key) }));
  const h264 = receivesH264(globalThis.RTCRtpReceiver);
  state.value = { settings: stored, relays, h264 };
  connect(stored.relays);
}

interface Linked {
  readonly target: string;
  readonly link: RelayLink;
  readonly manager: CameraManager;
}
const linked = new Map<string, Linked>();

/** Another address or token is another link: what was known of the one before means nothing. */
function connect(relays: readonly PairedRelay[]): void {
  const wanted = new Map(relays.map((relay) => [relay.key, `${relay.address} ${relay.token}`]));
  for (const [key, { target, link, manager }] of linked) {
    if (wanted.get(key) === target) continue;
    manager.stop();
    link.stop();
    linked.delete(key);
  }
  for (const relay of relays) {
    const target = linkTarget(relay);
    if (linked.has(relay.key) || target === undefined) continue;
    const link = new RelayLink({
      ...{ openSocket: openTextSocket, clock: monotonicClock, wallClock, timers: platformTimers() },
      random: Math.random,
      client: 'tool',
    });
    const manager = new CameraManager(link);
    linked.set(relay.key, { target: wanted.get(relay.key) ?? '', link, manager });
    link.start(target);
  }
  const managers = [...linked].map(([key, { manager }]) => [key, manager] as const);
  const same =
    managers.length === cameras.value.size &&
    managers.every(([key, manager]) => cameras.value.get(key) === manager);
  if (!same) cameras.value = new Map(managers);
}

const actions: OptionsActions = {
  pair(request, byLink) {
    pairing.value = { phase: 'busy' };
    pair({ openSocket: openTextSocket, timers: platformTimers(), localNetwork }, request)
      .then(async (relay) => {
        const { relays } = await settings.read();
        await settings.write({ relays: withPairing(relays, relay) });
        if (byLink && relays.length === 0) actions.showWall();
        return relay;
      })
      .then(
        (relay) => {
          pairing.value = { phase: 'paired', relay };
        },
        (error: unknown) => {
          if (!(error instanceof PairError)) report(error);
          const message = error instanceof Error ? error.message : String(error);
          const field = error instanceof PairError && error.failure.endsWith('code') ? 'code' : 'address';
          const page = error instanceof PairError ? pageFor(error, request.address) : undefined;
          pairing.value = { phase: 'failed', message, field, page };
        },
      );
  },
  showWall: () => {
    tell({ to: 'background:show-wall' }).catch(report);
  },
  rename: (key, name) => {
    settings
      .read()
      .then(({ relays }) => settings.write({ relays: withName(relays, key, name) }))
      .catch(report);
  },
  forget: (key) => {
    settings
      .read()
      .then((stored) => settings.write(withoutPairing(stored, key)))
      .catch(report);
  },
  change: (patch) => {
    settings.write(patch).catch(report);
  },
};

/** Where the browser shows what it thinks of the relay's certificate, which may be why. */
function pageFor({ failure }: PairError, typed: string): string | undefined {
  if (failure === 'unreachable') return certificatePage(typed);
  const address = failure === 'tls' ? parseRelayAddress(typed)?.text : undefined;
  return address === undefined ? undefined : certificatePage(secureAddress(address));
}

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
statuses.subscribe(follow);
follow();
