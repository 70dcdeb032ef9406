/**
 * Reads what `ffmpeg -progress` writes twice a second and turns it into figures over the last few seconds.
 * ffmpeg's own `speed` and `fps` are averages since its start and hide a host that just became too slow. Pure.
 */

export interface ProgressSample {
  readonly atMs: number;
  readonly frames: number;
  /** Frames repeated to keep the rate constant. */
  readonly duplicated: number;
  readonly dropped: number;
  /** Media time written so far, in ms. */
  readonly mediaMs: number;
  readonly bytes: number;
}

export interface EncoderFigures {
  readonly fps: number;
  /** Media time per time: 1 keeps up. */
  readonly speed: number;
  readonly bitrateKbps: number;
  /** Since the process started. */
  readonly droppedFrames: number;
  /** Share of the frames that were repeated, 0 to 1. */
  readonly duplicatedRatio: number;
}

const WINDOW_MS = 5_000;
/** A shorter window says nothing: samples are half a second apart. */
const MIN_WINDOW_MS = 900;

export class ProgressReader {
  #rest = '';
  #fields = new Map<string, number>();
  #samples: ProgressSample[] = [];

  /** Takes the next text; returns new figures when a report was completed and there is something to compare with. */
  push(text: string, nowMs: number): EncoderFigures | undefined {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    let figures: EncoderFigures | undefined;
    for (const line of lines) {
      const [key = '', value = ''] = line.split('=', 2);
      if (key === 'progress') figures = this.#finish(nowMs) ?? figures;
      else this.#fields.set(key, Number(value.trim()));
    }
    return figures;
  }

  #finish(atMs: number): EncoderFigures | undefined {
    const field = (key: string): number => {
      const value = this.#fields.get(key);
      return value !== undefined && Number.isFinite(value) ? Math.max(0, value) : 0;
    };
    const sample: ProgressSample = {
      atMs,
      frames: field('frame'),
      duplicated: field('dup_frames'),
      dropped: field('drop_frames'),
      mediaMs: field('out_time_us') / 1000,
      bytes: field('total_size'),
    };
    this.#fields = new Map();
    // Before the first frame there is no speed; a start would read as falling behind.
    if (sample.frames === 0) return undefined;
    this.#samples = [...this.#samples.filter((old) => old.atMs >= atMs - WINDOW_MS), sample];
    const first = this.#samples[0];
    return first === undefined || atMs - first.atMs < MIN_WINDOW_MS ? undefined : compare(first, sample);
  }
}

function compare(first: ProgressSample, last: ProgressSample): EncoderFigures {
  const ms = last.atMs - first.atMs;
  const frames = last.frames - first.frames;
  return {
    fps: (frames * 1000) / ms,
    speed: Math.max(0, last.mediaMs - first.mediaMs) / ms,
    bitrateKbps: (Math.max(0, last.bytes - first.bytes) * 8) / ms,
    droppedFrames: last.dropped,
    duplicatedRatio: frames > 0 ? Math.max(0, last.duplicated - first.duplicated) / frames : 0,
  };
}
