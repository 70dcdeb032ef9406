/**
 * The wall's one store: what components select from (signals) and what they may ask for (actions). The
 * composition root writes the signals, at most a few times a second, and carries the actions out; components
 * know no browser, socket, player or clock.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { RelayAddress } from '../../extension/relay-address.ts';
import type { LinkStatus } from '../../extension/relay-link.ts';
import type { RelayState } from '../../extension/relay-state.ts';
import type { PairedRelay, Settings } from '../../extension/settings.ts';
import { relayOf } from '../../wire/camera-key.ts';
import type { Mode } from '../../wire/modes.ts';
import type { Cancel, Clock } from '../../wire/ports.ts';
import type { CameraState } from '../../wire/protocol.ts';
import type { Measurer } from '../calibrate/measurer.ts';
import type { CameraOffset } from '../calibrate/offsets.ts';
import type { WallView } from '../wall/wall-view.ts';
import { orderCameras } from './camera-order.ts';
import { type TileModel, tileModel } from './tile-state.ts';

export interface Times {
  /** Ms since the Unix epoch, our clock. */
  readonly nowMs: number;
  /** Added to the engine's monotonic times, gives ms since the Unix epoch. */
  readonly monotonicToEpochMs: number;
}

export interface WallRelay {
  readonly paired: PairedRelay;
  /** What its user, or it, calls it. */
  readonly name: string;
  /** Undefined when the stored address cannot be read. */
  readonly address: RelayAddress | undefined;
  readonly link: LinkStatus;
  /** Its cameras go by their keys. */
  readonly state: RelayState;
  /** Its host's clock − ours, for "since" times. */
  readonly aheadMs: number;
}

/** One relay as its chip and its warning tell it. */
export type RelayWord = Pick<WallRelay, 'name' | 'link'>;

export interface WallSignals {
  readonly settings: Signal<Settings | undefined>;
  /** In the order of the pairings. */
  readonly relays: Signal<readonly WallRelay[]>;
  readonly view: Signal<WallView | undefined>;
  readonly times: Signal<Times>;
  /** Key of the enlarged camera. */
  readonly enlarged: Signal<string | undefined>;
  readonly details: Signal<boolean>;
  readonly fullscreen: Signal<boolean>;
  /** The cameras film this screen, to be put in step. */
  readonly calibrating: Signal<boolean>;
  /** Cameras whose restart was asked for: `pending`, or the sentence why it failed. */
  readonly restarts: Signal<Readonly<Record<string, string>>>;
}

export interface CalibrationPort {
  /** What the target shows. */
  readonly clock: Clock;
  createMeasurer(): Measurer;
  /** Rejects with an Error whose message is a sentence. */
  save(offsets: readonly CameraOffset[]): Promise<void>;
}

export interface WallActions {
  chooseMode(mode: Mode): void;
  /** Plays the camera in the element until the returned cancel. */
  attach(camera: string, video: HTMLVideoElement): Cancel;
  enlarge(camera: string | undefined): void;
  toggleDetails(): void;
  toggleFullscreen(): void;
  calibrate(on: boolean): void;
  readonly calibration: CalibrationPort;
  openOptions(): void;
  retryRelay(): void;
  restartCamera(camera: string): void;
  /** Rejects when the browser does not let the page write to the clipboard. */
  copyDiagnostics(): Promise<void>;
}

export interface Versions {
  readonly extension: string;
  readonly hlsJs: string;
  readonly protocol: number;
}

export interface WallUi {
  readonly signals: WallSignals;
  readonly actions: WallActions;
  readonly versions: Versions;
  /** Of all relays, in the order of the wall. */
  readonly cameras: ReadonlySignal<readonly CameraState[]>;
  /** Their keys; changes only when they do, so that video elements stay. */
  readonly cameraIds: ReadonlySignal<readonly string[]>;
  /** Changes only when they do, though relays tell news of their cameras every second. */
  readonly relayWords: ReadonlySignal<readonly RelayWord[]>;
  /** The relay that the camera belongs to. */
  relay(camera: string): WallRelay | undefined;
  /** The tile of a camera; undefined when the relay no longer has it. */
  tile(camera: string): TileModel | undefined;
}

export function createSignals(): WallSignals {
  return {
    settings: signal(undefined),
    relays: signal([]),
    view: signal(undefined),
    times: signal({ nowMs: 0, monotonicToEpochMs: 0 }),
    enlarged: signal(undefined),
    details: signal(false),
    fullscreen: signal(false),
    calibrating: signal(false),
    restarts: signal({}),
  };
}

/** Takes the relays' new state in; what was set for a camera that one of them removed goes with it. */
export function followRelays(signals: WallSignals, relays: readonly WallRelay[]): void {
  const idsOf = (all: readonly WallRelay[]): string[] =>
    all.flatMap(({ state }) => state.cameras.map(({ id }) => id));
  const kept = new Set(idsOf(relays));
  const removed = idsOf(signals.relays.value).filter((id) => !kept.has(id));
  signals.relays.value = relays;
  if (removed.length === 0) return;
  if (removed.includes(signals.enlarged.value ?? '')) signals.enlarged.value = undefined;
  const restarts = Object.entries(signals.restarts.value).filter(([id]) => kept.has(id));
  signals.restarts.value = Object.fromEntries(restarts);
}

export function createWallUi(signals: WallSignals, actions: WallActions, versions: Versions): WallUi {
  const cameras = computed(() =>
    orderCameras(signals.relays.value, signals.settings.value?.order ?? 'grouped'),
  );
  let lastIds: readonly string[] = [];
  const cameraIds = computed(() => {
    const ids = cameras.value.map(({ id }) => id);
    if (ids.join() !== lastIds.join()) lastIds = ids;
    return lastIds;
  });
  let lastWords: readonly RelayWord[] = [];
  const relayWords = computed(() => {
    const words = signals.relays.value.map(({ name, link }) => ({ name, link }));
    if (JSON.stringify(words) !== JSON.stringify(lastWords)) lastWords = words;
    return lastWords;
  });
  const relay = (camera: string): WallRelay | undefined => {
    const key = relayOf(camera);
    return signals.relays.value.find(({ paired }) => paired.key === key);
  };
  return {
    signals,
    actions,
    versions,
    cameras,
    cameraIds,
    relayWords,
    relay,
    tile(id) {
      const own = relay(id);
      const camera = own?.state.cameras.find((candidate) => candidate.id === id);
      if (own === undefined || camera === undefined) return undefined;
      const { monotonicToEpochMs } = signals.times.value;
      return tileModel({
        camera,
        tile: signals.view.value?.tiles.find((candidate) => candidate.camera === id),
        connected: own.link.phase === 'open',
        origin: signals.relays.value.length > 1 ? own.name : '',
        fromRelayMs: (relayMs) => relayMs - own.aheadMs,
        fromMonotonicMs: (monotonicMs) => monotonicMs + monotonicToEpochMs,
      });
    },
  };
}

const WallContext = createContext<WallUi | undefined>(undefined);
export const WallProvider = WallContext.Provider;

/** @throws Error outside a {@link WallProvider} */
export function useWall(): WallUi {
  const ui = useContext(WallContext);
  if (ui === undefined) throw new Error('component is outside of the wall');
  return ui;
}
