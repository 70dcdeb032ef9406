/**
 * The wall's one store: what components select from (signals) and what they may ask for (actions). The
 * composition root writes the signals, at most a few times a second, and carries the actions out; components
 * know no browser, socket, player or clock.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { LinkStatus } from '../../extension/relay-link.ts';
import { EMPTY_RELAY_STATE, type RelayState } from '../../extension/relay-state.ts';
import type { Settings } from '../../extension/settings.ts';
import type { Mode } from '../../wire/modes.ts';
import type { Cancel, Clock } from '../../wire/ports.ts';
import type { Measurer } from '../calibrate/measurer.ts';
import type { CameraOffset } from '../calibrate/offsets.ts';
import type { WallView } from '../wall/wall-view.ts';
import { type TileModel, tileModel } from './tile-state.ts';

export interface Times {
  /** Ms since the Unix epoch, our clock. */
  readonly nowMs: number;
  /** Added to the engine's monotonic times, gives ms since the Unix epoch. */
  readonly monotonicToEpochMs: number;
  /** Taken from the relay's times, gives ours. */
  readonly relayAheadMs: number;
}

export interface WallSignals {
  readonly settings: Signal<Settings | undefined>;
  readonly link: Signal<LinkStatus>;
  readonly relay: Signal<RelayState>;
  readonly view: Signal<WallView | undefined>;
  readonly times: Signal<Times>;
  /** Id of the enlarged camera. */
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
  /** Ids in the relay's order; changes only when they do, so that video elements stay. */
  readonly cameraIds: ReadonlySignal<readonly string[]>;
  /** The tile of a camera; undefined when the relay no longer has it. */
  tile(camera: string): TileModel | undefined;
}

export function createSignals(): WallSignals {
  return {
    settings: signal(undefined),
    link: signal({ phase: 'off', reason: '', refusal: undefined, retryAtMs: undefined }),
    relay: signal(EMPTY_RELAY_STATE),
    view: signal(undefined),
    times: signal({ nowMs: 0, monotonicToEpochMs: 0, relayAheadMs: 0 }),
    enlarged: signal(undefined),
    details: signal(false),
    fullscreen: signal(false),
    calibrating: signal(false),
    restarts: signal({}),
  };
}

/** Takes the relay's new state in; what was set for a camera that it removed goes with it. */
export function followRelay(signals: WallSignals, state: RelayState): void {
  const kept = new Set(state.cameras.map(({ id }) => id));
  const removed = signals.relay.value.cameras.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  signals.relay.value = state;
  if (removed.length === 0) return;
  if (removed.includes(signals.enlarged.value ?? '')) signals.enlarged.value = undefined;
  const restarts = Object.entries(signals.restarts.value).filter(([id]) => kept.has(id));
  signals.restarts.value = Object.fromEntries(restarts);
}

export function createWallUi(signals: WallSignals, actions: WallActions, versions: Versions): WallUi {
  let lastIds: readonly string[] = [];
  const cameraIds = computed(() => {
    const ids = signals.relay.value.cameras.map(({ id }) => id);
    if (ids.join() !== lastIds.join()) lastIds = ids;
    return lastIds;
  });
  return {
    signals,
    actions,
    versions,
    cameraIds,
    tile(id) {
      const relay = signals.relay.value;
      const camera = relay.cameras.find((candidate) => candidate.id === id);
      if (camera === undefined) return undefined;
      const { monotonicToEpochMs, relayAheadMs } = signals.times.value;
      return tileModel({
        camera,
        tile: signals.view.value?.tiles.find((candidate) => candidate.camera === id),
        telemetry: relay.telemetry.find((candidate) => candidate.id === id),
        connected: signals.link.value.phase === 'open',
        fromRelayMs: (relayMs) => relayMs - relayAheadMs,
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
