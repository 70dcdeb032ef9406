/** What the wall's engine is given: cameras, relays, and the ports that are the browser's in the page and fakes in a test. */
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { CameraStateName } from '../../wire/protocol.ts';
import type { OpenSocket } from '../../wire/socket-port.ts';
import type { Playability, Playable } from '../player/playability.ts';
import type { RungSize } from '../tile/rung-choice.ts';
import type { RelayClock } from './wall-clock.ts';

/** What the engine needs to know of a camera; a `CameraState` of the protocol fits. */
export interface WallCamera {
  /** With its relay, as camera-key.ts makes it: several relays may share the wall. */
  readonly id: string;
  /** Capture delay, in ms. */
  readonly offsetMs: number;
  readonly state: CameraStateName;
  /** The relay's words for the state. */
  readonly reason?: string;
  /** Best first. */
  readonly rungs?: readonly RungSize[];
}

export interface RelayMedia {
  /** `ws:` or `wss:` address of the relay's media socket. */
  readonly mediaUrl: string;
  readonly token: string;
}

export interface WallEngineDeps {
  /** Monotonic. */
  readonly clock: Clock;
  /** Ms since the Unix epoch, browser's clock. */
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly openSocket: OpenSocket<ArrayBuffer>;
  /** Relay time − browser wall time of each relay, and the round trip it was measured with; undefined before the first pong. */
  readonly relayClock: RelayClock;
  /** The browser's own word on the network: its `effectiveType`, and when that changes. Undefined where there is none. */
  readonly network: { name(): string | undefined; onChange(listener: () => void): Cancel };
  readonly visibility: { hidden(): boolean; onChange(listener: () => void): Cancel };
  /** What this browser can play. */
  readonly playable: (media: Playable) => Playability;
  /** The browser's `hardwareConcurrency`. */
  readonly cores: number;
  /** Address of the packaged hls.worker.js. */
  readonly workerUrl: string;
  /** Between 0 (included) and 1, for jitter. */
  readonly random: () => number;
  /**
   * The relay refused a media socket (its token, or its version). The tiles go on trying; whether it is final is for the
   * control link to find out, and then for setRelay.
   */
  readonly onRefused: (relay: string) => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}
