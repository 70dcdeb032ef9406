/** What carries media from the encoders to the edge, as the composition root sees it. */
import type { Camera } from '../camera/camera.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { WhepPort } from '../mediamtx/whep.ts';

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
