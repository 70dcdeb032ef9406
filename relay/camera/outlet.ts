/**
 * The port between a camera and its engine: where the encoder delivers its rungs, and how they become timelines.
 * The builtin engine takes fragmented MP4 from pipes (builtin-outlet.ts); an engine that is published to by RTSP
 * returns addresses and follows what comes out of it.
 */
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import type { CopiedFragment } from '../source/copy-policy.ts';
import type { Sink } from '../transcode/backend.ts';
import type { RungPlan } from '../transcode/ladder.ts';

export interface OutletEvents {
  /** The rung's media begins: size and codec of all that follows. */
  readonly onInit: (rungId: string, init: InitSegment) => void;
  /** A part of a rung arrived. `fragment` only where the outlet sees what the encoder wrote. */
  readonly onMedia: (rungId: string, part: MediaArrival) => void;
  /** The process delivers something unusable and must be replaced; `problem` is half a sentence. `bug`: see run-feed.ts. */
  readonly onFault: (problem: string, bug?: Error) => void;
}

export interface MediaArrival {
  readonly durationMs: number;
  readonly bytes: number;
  /** What there is to watch of a stream that is passed on; undefined where it cannot be seen. */
  readonly fragment?: CopiedFragment | undefined;
}

export interface OutletRun {
  /** Takes bytes of the n-th rung's output. Never called where the sink is not pipes. */
  push(n: number, chunk: Uint8Array): void;
  /** The process is gone: nothing more comes. */
  close(): void;
}

export interface MediaOutlet {
  /** Where the next process is to deliver. Resolves when it can; may wait, until `signal`. */
  sink(signal: AbortSignal): Promise<Sink>;
  /**
   * A process begins to deliver these rungs. Closes the run before it.
   * @param delayMs by how much later than elsewhere its pictures come out
   */
  open(rungs: readonly RungPlan[], delayMs: number, events: OutletEvents): OutletRun;
  /** The rung's timeline: the same object for the life of the relay. */
  timeline(rungId: string): Timeline;
  /** Why nothing can be delivered at the moment, if it is not the encoder's fault: a sentence without its full stop. */
  trouble?(): string | undefined;
}
