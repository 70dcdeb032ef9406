/**
 * A camera as clients see it: its media and state, under the name and with the offset that the configuration gives it
 * now. Those two may change while its processes go on.
 */
import type { Cancel } from '../../src/wire/ports.ts';
import type { CameraState, CameraTelemetry } from '../../src/wire/protocol.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { Camera, RungMedia } from './camera.ts';

/** A camera with its processes. */
export interface MadeCamera extends Camera {
  /** Starts them; they are kept running until {@link stop}. */
  start(): void;
  /** Ends them; resolves when they are gone. May be called twice. */
  stop(): Promise<void>;
}

export type Label = Pick<CameraState, 'name' | 'offsetMs'>;

export const labelOf = ({ id, name, offsetMs }: CameraConfig): Label => ({ name: name ?? id, offsetMs });

export class ListedCamera implements MadeCamera {
  readonly #made: MadeCamera;
  readonly #listeners = new Set<(state: CameraState) => void>();
  #label: Label;
  #state: CameraState;

  constructor(made: MadeCamera, label: Label) {
    this.#made = made;
    this.#label = label;
    this.#state = { ...made.state(), ...label };
    made.onChange(() => this.#changed());
  }

  get id(): string {
    return this.#made.id;
  }

  state(): CameraState {
    return this.#state;
  }

  telemetry(): CameraTelemetry | undefined {
    return this.#made.telemetry();
  }

  rungs(): readonly RungMedia[] {
    return this.#made.rungs();
  }

  onChange(listener: (state: CameraState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(reason: string): void {
    this.#made.restart(reason);
  }

  start(): void {
    this.#made.start();
  }

  stop(): Promise<void> {
    return this.#made.stop();
  }

  relabel(label: Label): void {
    this.#label = label;
    this.#changed();
  }

  #changed(): void {
    this.#state = { ...this.#made.state(), ...this.#label };
    for (const listener of [...this.#listeners]) listener(this.#state);
  }
}
