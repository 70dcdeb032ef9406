/** What the rest of the relay sees of a camera. */
import type { Cancel } from '../../src/wire/ports.ts';
import type { CameraState, CameraTelemetry, Rung } from '../../src/wire/protocol.ts';
import type { Timeline } from '../../src/wire/timeline.ts';

export interface RungMedia {
  readonly rung: Rung;
  /** Lives as long as the relay: an encoder restart is a new epoch in it, never a new object. */
  readonly timeline: Timeline;
}

export interface Camera {
  readonly id: string;
  /** Current state; a new object after each change. */
  state(): CameraState;
  /** Newest encoder figures; undefined before the first. */
  telemetry(): CameraTelemetry | undefined;
  /** All rungs, best first; empty until the first media arrived. */
  rungs(): readonly RungMedia[];
  /** Calls `listener` after each change of {@link state}. */
  onChange(listener: (state: CameraState) => void): Cancel;
  /** Kills and restarts the encoder at once, outside the back-off. `reason` goes to the log. */
  restart(reason: string): void;
}
