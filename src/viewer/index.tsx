/**
 * The wall's composition root: settings and the control link feed the engine and the store, the store feeds the
 * components, and their actions go back. An ordinary page: nobody kills it, so it holds its own socket.
 */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { browser, storagePort, tell } from '../extension/browser.ts';
import { listWords } from '../extension/camera-words.ts';
import { LocalNetwork } from '../extension/local-network.ts';
import { RelayLink } from '../extension/relay-link.ts';
import { type Settings, settingsStore } from '../extension/settings.ts';
import { WallStatuses } from '../extension/wall-status.ts';
import { receivesH264 } from '../extension/webrtc.ts';
import { setPageTexts } from '../texts/text.ts';
import { relayOf } from '../wire/camera-key.ts';
import { mediaClock, monotonicClock, platformTimers } from '../wire/ports.ts';
import { FEATURE_WHEP, PROTOCOL_VERSION } from '../wire/protocol.ts';
import { openBinarySocket, openTextSocket } from '../wire/socket-port.ts';
import { createLook } from './calibrate/look.ts';
import { Measurer } from './calibrate/measurer.ts';
import { startPageMeter } from './measure/page-meter.ts';
import { browserNetwork } from './player/network.ts';
import { browserPlayabilities } from './player/playability.ts';
import { App } from './ui/app.tsx';
import { diagnosticsText } from './ui/diagnostics.ts';
import { listenToKeys } from './ui/keyboard.ts';
import { LogRing } from './ui/log-ring.ts';
import { StatusWriter } from './ui/status-writer.ts';
import { ViewPace } from './ui/view-pace.ts';
import {
  createSignals,
  createWallUi,
  followRelays,
  type Versions,
  type WallActions,
  WallProvider,
  type WallRelay,
} from './ui/wall-ui.ts';
import { RealtimeWall } from './wall/realtime-wall.ts';
import { type RelayClock, relayNowMs } from './wall/wall-clock.ts';
import { WallEngine } from './wall/wall-engine.ts';
import { WallRelays } from './wall-relays.ts';

declare const __HLS_VERSION__: string;
/** True in the builds of tests and benchmarks; false removes what it guards from the shipped ones. */
declare const __MEASURE__: boolean;

const CLOCK_PERIOD_MS = 1000;
const DEFAULT_CORES = 2;

const timers = platformTimers();
const settings = settingsStore(storagePort('local'));
const walls = new WallStatuses(storagePort('session'));
/** This wall's name among those that are open. */
let tabId: number | undefined;
let shownMs = Date.now();
const signals = createSignals();
const ring = new LogRing(mediaClock);
/** Shown on the browser's extensions page. */
const report = (error: unknown): void => {
  ring.log('error', { error: String(error) });
  reportError(error);
};

const localNetwork = new LocalNetwork(navigator.permissions);
const relays: WallRelays = new WallRelays({
  create: () =>
    new RelayLink({
      openSocket: openTextSocket,
      clock: monotonicClock,
      wallClock: mediaClock,
      timers,
      random: Math.random,
      client: 'wall',
      localNetwork,
    }),
  onChange: (key) => relayChanged(key),
  onGone(key) {
    engine.setRelay(key, undefined);
    wall.setTarget(key, undefined);
    followRelays(signals, relays.all());
  },
});
const relayClock: RelayClock = {
  offsetMs: (relay) => relays.offsetMs(relay),
  rttMs: (relay) => relays.rttMs(relay),
};

const playabilities = browserPlayabilities(globalThis);

const engine = new WallEngine({
  clock: monotonicClock,
  wallClock: mediaClock,
  timers,
  openSocket: openBinarySocket,
  relayClock,
  network: browserNetwork(navigator),
  visibility: {
    hidden: () => document.hidden,
    onChange(listener) {
      document.addEventListener('visibilitychange', listener);
      return () => document.removeEventListener('visibilitychange', listener);
    },
  },
  playable: (media) => playabilities.of(media),
  // Firefox may be told to hide it.
  cores: navigator.hardwareConcurrency || DEFAULT_CORES,
  workerUrl: browser.runtime.getURL('hls.worker.js'),
  random: Math.random,
  // The control socket may have outlived the token: asked again, the relay refuses it in words.
  onRefused: (relay) => relays.recheck(relay),
  log: ring.log,
});

const wall = new RealtimeWall({
  engine,
  clock: monotonicClock,
  relayNowMs: (relay) => relayNowMs({ wallClock: mediaClock, relayClock }, relay),
  hidden: () => document.hidden,
  fetch: (input, init) => fetch(input, init),
  createPeer: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' }),
  receivesH264: () => receivesH264(globalThis.RTCRtpReceiver),
  log: ring.log,
});

/** What is seen of each camera: while a tile changes its rung there may be one element under it, or over it. */
function shownVideos(): Map<string, HTMLVideoElement> {
  const videos = new Map<string, HTMLVideoElement>();
  for (const tile of document.querySelectorAll<HTMLElement>('[data-camera]')) {
    const video = [...tile.querySelectorAll<HTMLVideoElement>('video:not(.waiting)')].at(-1);
    if (video !== undefined) videos.set(tile.dataset.camera ?? '', video);
  }
  return videos;
}

/** Keys of the relays that do not take us. */
const refused = new Set<string>();

/** Media are asked for until the relay has refused us in words, and again when it takes us. */
function followMedia({ paired, address, link }: WallRelay): void {
  if (link.phase === 'refused') refused.add(paired.key);
  else if (link.phase === 'open') refused.delete(paired.key);
  const media = refused.has(paired.key) ? undefined : address;
  engine.setRelay(paired.key, media && { mediaUrl: media.mediaUrl, token: paired.token });
}

/** Real-time pictures, where the user wants them and the relay offers them. */
function followRealtime({ paired, address, state }: WallRelay): void {
  const offered = state.features.includes(FEATURE_WHEP);
  // What comes by WebRTC has no dates to measure it by.
  const wanted = signals.settings.value?.realtime === true && !signals.calibrating.value;
  wall.setTarget(
    paired.key,
    wanted && offered && address !== undefined ? { url: address.whepUrl, token: paired.token } : undefined,
  );
}

const phases = new Map<string, string>();

function relayChanged(key: string): void {
  const relay = relays.get(key);
  if (relay === undefined) return;
  const { phase, reason } = relay.link;
  if (phase !== phases.get(key)) {
    ring.log(`control link ${phase}`, { relay: relay.name, ...(reason === '' ? {} : { reason }) });
    if (phase === 'open') engine.relayIsBack(key);
  }
  phases.set(key, phase);
  // Asked before the tiles are there, the browser has mostly answered when they choose.
  for (const { rungs } of relay.state.cameras) for (const rung of rungs) playabilities.of(rung);
  followRelays(signals, relays.all());
  for (const camera of relay.state.cameras) wall.updateCamera(camera);
  followMedia(relay);
  followRealtime(relay);
  updateTimes();
}

function follow(values: Settings): void {
  const { mode, targetsMs, dataLimit } = values;
  signals.settings.value = values;
  relays.follow(values.relays);
  engine.setMode(mode, mode === 'auto' ? undefined : targetsMs[mode]);
  engine.setDataLimit(dataLimit);
  for (const relay of relays.all()) followRealtime(relay);
}

function updateTimes(): void {
  signals.times.value = {
    nowMs: mediaClock.now(),
    monotonicToEpochMs: performance.timeOrigin,
  };
}

function setRestart(camera: string, state: string | undefined): void {
  const { [camera]: _old, ...others } = signals.restarts.value;
  signals.restarts.value = state === undefined ? others : { ...others, [camera]: state };
}

const versions: Versions = {
  extension: browser.runtime.getManifest().version,
  hlsJs: __HLS_VERSION__,
  protocol: PROTOCOL_VERSION,
};

const actions: WallActions = {
  chooseMode: (mode) => {
    settings.write({ mode }).catch(report);
  },
  attach(id, video) {
    const camera = relays.get(relayOf(id))?.state.cameras.find((candidate) => candidate.id === id);
    return camera === undefined ? () => {} : wall.show(camera, video);
  },
  enlarge: (camera) => {
    signals.enlarged.value = camera;
  },
  toggleDetails: () => {
    signals.details.value = !signals.details.value;
  },
  toggleFullscreen: () => {
    const { fullscreenElement } = document;
    (fullscreenElement === null
      ? document.documentElement.requestFullscreen()
      : document.exitFullscreen()
    ).catch(report);
  },
  calibrate: (on) => {
    signals.calibrating.value = on;
    if (on) signals.enlarged.value = undefined;
    for (const relay of relays.all()) followRealtime(relay);
  },
  calibration: {
    clock: mediaClock,
    createMeasurer: () =>
      new Measurer({
        videos: shownVideos,
        look: createLook(),
        ageMs: (camera, positionSec) => engine.ageMs(camera, positionSec),
        clock: mediaClock,
        timers,
      }),
    save: (offsets) => relays.writeOffsets(offsets),
  },
  openOptions: () => {
    browser.runtime.openOptionsPage().catch(report);
  },
  retryRelay: () => {
    relays.retryNow();
    // Badge and notifications come from a link of its own, which may wait for half a minute more.
    tell({ to: 'background:retry-relay' }).catch(report);
  },
  restartCamera: (camera) => {
    setRestart(camera, 'pending');
    relays.restart(camera).then(
      () => setRestart(camera, undefined),
      (error: unknown) => setRestart(camera, error instanceof Error ? error.message : String(error)),
    );
  },
  copyDiagnostics: () =>
    navigator.clipboard.writeText(
      diagnosticsText({
        nowMs: mediaClock.now(),
        versions,
        browser: navigator.userAgent,
        screen: `${innerWidth} × ${innerHeight} at ${devicePixelRatio} ×`,
        relays: relays.all(),
        view: signals.view.value,
        log: ring.entries,
        secrets: relays.all().map(({ paired }) => paired.token),
      }),
    ),
};

const ui = createWallUi(signals, actions, versions);

const statusWriter = new StatusWriter({
  write: (wall) => {
    if (tabId !== undefined) walls.write(tabId, wall).catch(report);
  },
  shownMs: () => shownMs,
  clock: monotonicClock,
  timers,
});
const pace = new ViewPace(monotonicClock);
wall.onView((view) => {
  if (tabId !== undefined) statusWriter.offer(view);
  if (!pace.takes(view)) return;
  signals.view.value = view;
  updateTimes();
});

listenToKeys(document, ui);
document.addEventListener('fullscreenchange', () => {
  signals.fullscreen.value = document.fullscreenElement !== null;
});
window.addEventListener('online', () => relays.retryNow());
window.addEventListener('pagehide', () => {
  statusWriter.stop();
  wall.stop();
  // The background also notices the closed tab; this is only quicker.
  if (tabId !== undefined) walls.remove(tabId).catch(() => undefined);
});
/** The popup tells of the wall that was in front last. */
function cameToFront(): void {
  if (!document.hidden) shownMs = Date.now();
}
window.addEventListener('focus', cameToFront);
document.addEventListener('visibilitychange', cameToFront);

/**
 * The background asks for a tile by the hash, the options page for the calibration. It goes, so that the same can be asked
 * for again.
 */
function followHash(): void {
  const asked = new URLSearchParams(location.hash.slice(1));
  const camera = asked.get('camera');
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  if (camera !== null) actions.enlarge(camera);
  if (asked.has('calibrate')) actions.calibrate(true);
}
window.addEventListener('hashchange', followHash);

// The relay tells news of its cameras every second: its name alone writes to the page.
effect(() => {
  const names = ui.relayWords.value.map(({ name }) => name);
  document.title = names.length === 0 ? 'Lockstep' : `Lockstep: ${listWords(names)}`;
});

setPageTexts('Lockstep');
const root = document.getElementById('app');
if (root !== null) {
  render(
    <WallProvider value={ui}>
      <App />
    </WallProvider>,
    root,
  );
}
followHash();
timers.every(CLOCK_PERIOD_MS, updateTimes);
engine.start();
browser.tabs.getCurrent().then((tab) => {
  tabId = tab?.id;
}, report);
settings.subscribe(follow, report);
settings.read().then(follow, report);

if (__MEASURE__) {
  startPageMeter(shownVideos);
  Object.assign(globalThis, {
    lockstepEngine: engine,
    lockstepLog: () => ring.entries,
    lockstepPlayabilities: playabilities,
  });
}
