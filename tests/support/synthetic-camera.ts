/** A camera without an encoder: a timeline that the test feeds part by part. */

import type { Camera, RungMedia } from '../../relay/camera/camera.ts';
import type { Cancel } from '../../src/wire/ports.ts';
import type { CameraState, CameraTelemetry } from '../../src/wire/protocol.ts';
import { Timeline, type TimelinePart } from '../../src/wire/timeline.ts';

export interface SyntheticOptions {
  readonly id: string;
  /** Rungs that exist from the beginning; default one, `main`. Pass none for a camera without media yet. */
  readonly rungs?: readonly string[];
  readonly partMs?: number;
  readonly partsPerSegment?: number;
  readonly partBytes?: number;
  readonly windowMs?: number;
}

export const START_PDT_MS = 1_700_000_000_000;

export class SyntheticCamera implements Camera {
  readonly id: string;
  readonly restarts: string[] = [];
  figures: CameraTelemetry | undefined;
  /** Who uses one of its rungs at the moment. */
  users = 0;
  readonly #options: SyntheticOptions;
  readonly #listeners = new Set<(state: CameraState) => void>();
  #state: CameraState;
  #rungs: RungMedia[] = [];
  #count = 0;
  #epoch = 0;
  #pdtMs = START_PDT_MS;

  constructor(options: SyntheticOptions) {
    this.id = options.id;
    this.#options = options;
    this.#state = {
      id: options.id,
      name: options.id,
      state: 'starting',
      sinceMs: START_PDT_MS,
      reason: '',
      source: 'test',
      rungs: [],
      restarts: 0,
      offsetMs: 0,
    };
    for (const rung of options.rungs ?? ['main']) this.addRung(rung);
  }

  state(): CameraState {
    return this.#state;
  }

  telemetry(): CameraTelemetry | undefined {
    return this.figures;
  }

  rungs(): readonly RungMedia[] {
    return this.#rungs;
  }

  onChange(listener: (state: CameraState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(reason: string): void {
    this.restarts.push(reason);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The only rung's timeline, or the named one's. */
  timeline(rung = 'main'): Timeline {
    const media = this.#rungs.find((candidate) => candidate.rung.id === rung);
    if (media === undefined) throw new Error(`synthetic camera has no rung ${rung}`);
    return media.timeline;
  }

  change(state: Partial<CameraState>): void {
    this.#state = { ...this.#state, ...state };
    for (const listener of [...this.#listeners]) listener(this.#state);
  }

  addRung(id: string): void {
    const rung = { id, width: 640, height: 360, fps: 30, bitrateKbps: 600 };
    const { windowMs = 16_000, partMs = 100, partsPerSegment = 10 } = this.#options;
    const targetDurationMs = 1000 * Math.ceil((partMs * partsPerSegment) / 1000);
    const use = (): Cancel => {
      this.users += 1;
      return () => {
        this.users -= 1;
      };
    };
    this.#rungs = [...this.#rungs, { rung, timeline: new Timeline({ windowMs, targetDurationMs }), use }];
    this.change({ rungs: this.#rungs.map((media) => media.rung) });
  }

  removeRung(id: string): void {
    this.#rungs = this.#rungs.filter(({ rung }) => rung.id !== id);
    this.change({ rungs: this.#rungs.map((media) => media.rung) });
  }

  /** Appends `parts` parts to every rung. */
  feed(parts = 1): TimelinePart {
    const { partMs = 100, partsPerSegment = 10, partBytes = 1000 } = this.#options;
    let last: TimelinePart | undefined;
    for (let n = 0; n < parts; n += 1) {
      const first = this.#count % partsPerSegment === 0;
      for (const { timeline } of this.#rungs) {
        const initId = `e${this.#epoch}`;
        timeline.addInit({
          id: initId,
          bytes: new TextEncoder().encode(`init ${initId}`),
          codecs: 'avc1.42c01e',
          width: 640,
          height: 360,
        });
        const data = new Uint8Array(partBytes).fill(this.#count % 251);
        last = timeline.append({
          epoch: this.#epoch,
          initId,
          durationMs: partMs,
          independent: first,
          pdtMs: this.#pdtMs,
          startsSegment: first,
          data,
        });
      }
      this.#count += 1;
      this.#pdtMs += partMs;
    }
    if (last === undefined) throw new Error('nothing was fed');
    return last;
  }

  /** The next part begins a new epoch, as after a restart of the encoder that took `gapMs`. */
  newEpoch(gapMs = 1000): void {
    this.#epoch += 1;
    this.#count = 0;
    this.#pdtMs += gapMs;
  }
}
