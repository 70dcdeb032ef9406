/** What the rest of the relay sees of a camera. */
import type { Cancel } from '../../src/wire/ports.ts';
import type { CameraState, CameraTelemetry, Rung } from '../../src/wire/protocol.ts';
import type { Timeline } from '../../src/wire/timeline.ts';

export interface RungMedia {
  readonly rung: Rung;
  /** Lives as long as the camera: another process is a new epoch in it at most, never a new object. */
  readonly timeline: Timeline;
  /**
   * Somebody watches it, until the returned function is called: a rung that sleeps is made from now on, and for a while
   * longer. Who asks once for all, as an HTTP player does, gives it back at once.
   */
  use(): Cancel;
}

export interface Camera {
  readonly id: string;
  /** Current state; a new object after each change. */
  state(): CameraState;
  /** Newest figures of its main stream; undefined before the first. */
  telemetry(): CameraTelemetry | undefined;
  /** All rungs, best first, also those that sleep; empty until the first media arrived. */
  rungs(): readonly RungMedia[];
  /** Calls `listener` after each change of {@link state}. */
  onChange(listener: (state: CameraState) => void): Cancel;
  /** Kills and restarts its processes at once, outside the back-off. `reason` goes to the log. */
  restart(reason: string): void;
}
