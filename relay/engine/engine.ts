/** What carries media from the encoders to the edge, as the composition root sees it. */
import type { Clock, Timers } from '../../src/wire/ports.ts';
import type { Camera } from '../camera/camera.ts';
import type { CameraConfig, Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { WhepPort } from '../mediamtx/whep.ts';
import type { SpawnChild } from '../process/child.ts';
import type { RunRecordPort } from '../process/run-records.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';

export type EngineName = 'builtin' | 'mediamtx';

/** A camera with its encoder. */
export interface EngineCamera extends Camera {
  /** Starts the encoder; it is kept running until {@link stop}. */
  start(): void;
  /** Ends the encoder; resolves when its process is gone. May be called twice. */
  stop(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  /** Why this one, to stand after "engine NAME: " in the log. */
  readonly why: string;
  /** Real-time pictures; undefined when the engine has none, see {@link withoutWhepBecause}. */
  readonly whep: WhepPort | undefined;
  /** Half a sentence for viewers: what to change on the relay; empty when there is WHEP. */
  readonly withoutWhepBecause: string;
  /** One for each camera of the configuration; not started. */
  createCamera(config: CameraConfig): EngineCamera;
  /** Before the cameras. */
  start(): void;
  /** After the cameras; resolves when nothing is left running. May be called twice. */
  stop(): Promise<void>;
}

/** What every engine is built from. */
export interface EngineDeps {
  readonly config: Config;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This process. */
  readonly ownerPid: number;
  readonly spawn: SpawnChild;
  /** What the cameras' encoders share. */
  readonly host: EncoderHost;
  readonly runRecords: RunRecordPort;
  /** Monotonic. */
  readonly clock: Clock;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly log: Log;
}
