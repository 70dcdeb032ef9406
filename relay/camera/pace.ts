/**
 * Whether a camera's encoder keeps up: turns what it and its media tell into figures, and falls behind for long
 * enough into a step down, of this camera or of a costlier one, or into a sentence when nobody can.
 */
import type { Clock } from '../../src/wire/ports.ts';
import type { CameraTelemetry } from '../../src/wire/protocol.ts';
import type { CameraConfig } from '../config/schema.ts';
import { MediaMeter } from '../media/media-meter.ts';
import type { StepJudge } from '../transcode/host-budget.ts';
import type { EncoderFigures } from '../transcode/progress.ts';
import { Slowness } from '../transcode/slowness.ts';
import type { Started } from './encoder-run.ts';

export interface PaceDeps {
  readonly config: CameraConfig;
  readonly judge: Pick<StepJudge, 'tooSlow'>;
  /** Monotonic. */
  readonly clock: Clock;
}

export class Pace {
  readonly #deps: PaceDeps;
  readonly #slowness = new Slowness();
  readonly #meter = new MediaMeter();
  #started: Started | undefined;
  #telemetry: CameraTelemetry | undefined;
  #tooSlow: string | undefined;

  constructor(deps: PaceDeps) {
    this.#deps = deps;
  }

  /** Newest figures; undefined before the first. */
  get telemetry(): CameraTelemetry | undefined {
    return this.#telemetry;
  }

  /** It cannot keep up and nothing is left to lower: in words. */
  get tooSlow(): string | undefined {
    return this.#tooSlow;
  }

  /** A new process. */
  started(started: Started): void {
    this.#started = started;
    this.#meter.reset();
    this.#slowness.started(this.#deps.clock.now());
    this.#tooSlow = undefined;
  }

  /** A part of the best rung arrived. */
  arrived(durationMs: number, bytes: number): void {
    this.#meter.add(durationMs, bytes, this.#deps.clock.now());
  }

  /**
   * Takes new figures and judges them.
   * @param figures of the encoder; undefined where only its media can be measured
   * @returns false when there is nothing to judge yet
   */
  measured(figures: EncoderFigures | undefined): boolean {
    const media = this.#meter.figures;
    if (figures === undefined && media === undefined) return false;
    const { id, encode } = this.#deps.config;
    const speed = Math.min(figures?.speed ?? media?.speed ?? 1, this.#shownShare(figures));
    this.#telemetry = {
      id,
      fps: figures?.fps ?? speed * (this.#started?.job.rungs[0]?.fps ?? encode.fps),
      speed,
      bitrateKbps: media?.bitrateKbps ?? figures?.bitrateKbps ?? 0,
      droppedFrames: figures?.droppedFrames ?? 0,
    };
    return this.#judge(speed);
  }

  /** The synthetic source is made by the same process: when that is too slow, frames are left out or repeated. */
  #shownShare(figures: EncoderFigures | undefined): number {
    const { source, encode } = this.#deps.config;
    if (source.type !== 'test' || figures === undefined) return Number.POSITIVE_INFINITY;
    // ffmpeg counts what is repeated on all outputs, and pictures of the first one only.
    const [best, ...below] = this.#started?.job.rungs ?? [];
    const outputs = best === undefined ? 1 : below.reduce((sum, { fps }) => sum + fps / best.fps, 1);
    const repeated = Math.min(1, figures.duplicatedRatio / outputs);
    return (figures.fps * (1 - repeated)) / Math.min(source.fps, encode.fps);
  }

  #judge(speed: number): boolean {
    const nowMs = this.#deps.clock.now();
    const verdict = this.#slowness.sample(speed, nowMs);
    if (verdict === 'watching') return false;
    if (verdict === 'fine') this.#tooSlow = undefined;
    else if (this.#deps.judge.tooSlow(this.#deps.config.id, nowMs) === 'waiting') this.#slowness.excuse();
    else {
      const { preset } = this.#started?.job ?? {};
      this.#tooSlow = `this host encodes only ${Math.floor(speed * 100)} % of the pictures in time at preset ${preset}; choose a smaller size or fewer frames`;
    }
    return true;
  }
}
