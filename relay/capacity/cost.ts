/**
 * What a transcoder costs on this host: measured where it ran before, else a table, corrected by what was measured of
 * similar streams. Pure; kept over restarts by knowledge.ts.
 */
import { atMostHalf, type Preset, pixels, type Size, sizeText } from '../source/sizes.ts';
import { keyframeFps, type RungPictures, type SourcePictures, type Work } from './work.ts';

/** In cores while it keeps up with the camera. */
export interface Cost {
  readonly cores: number;
  /** Of its busiest thread: above 1 it cannot keep up, whatever the host has. */
  readonly thread: number;
}

export interface LearntCosts {
  /** By what was done exactly, in words. */
  readonly works: Readonly<Record<string, Cost>>;
  /** Measured against the table: by codec and size, by codec, and of all. */
  readonly factors: Readonly<Record<string, number>>;
}

export const NOTHING_LEARNT: LearntCosts = { works: {}, factors: {} };

/**
 * Cores for one million pixels per second, x264 with zerolatency: measured at 1080p30 and 2160p30 on a noisy
 * synthetic clip, single short runs. Good enough to tell one core from four.
 */
const ENCODE_PER_MEGAPIXEL: Readonly<Record<Preset, number>> = {
  ultrafast: 0.0039,
  superfast: 0.0063,
  veryfast: 0.0087,
  faster: 0.0162,
  fast: 0.0286,
  medium: 0.0355,
};
/**
 * Decoding in one thread, by ffmpeg's name of the codec: CPU time of ffmpeg 5.1 over clips of 1080p and 2160p at camera
 * rates, HEVC without wavefronts as cameras send it. `test`: drawing the test picture.
 */
const DECODE_PER_MEGAPIXEL: Readonly<Record<string, number>> = {
  h264: 0.0035,
  hevc: 0.007,
  test: 0.0004,
};
/** Of it, what is left without the loop filter, which rungs that are half as large or smaller do without. */
const UNFILTERED_SHARE: Readonly<Record<string, number>> = { h264: 0.6, hevc: 0.83 };
/** A codec that is not in the table. */
const DECODE_UNKNOWN = 0.007;
/** Making a picture smaller, by its pixels before, in a process where it competes for memory with the rest. */
const SCALE_PER_MEGAPIXEL = 0.0008;
/** Of encoding, the part that the decoding thread waits for: x264 shares a picture among its own threads. */
const ENCODE_IN_THREAD = 0.5;

/** New measurements against old: ten of them make up most of the figure. */
const NEW_WEIGHT = 0.2;
/** Beyond this a measurement is a mistake. */
const FACTOR_RANGE = [0.05, 20] as const;
/** What the file may hold; the oldest goes first. */
const MAX_WORKS = 200;

export class CostModel {
  readonly #works: Map<string, Cost>;
  readonly #factors: Map<string, number>;

  constructor(learnt: LearntCosts = NOTHING_LEARNT) {
    this.#works = new Map(Object.entries(learnt.works));
    this.#factors = new Map(Object.entries(learnt.factors));
  }

  get learnt(): LearntCosts {
    return { works: Object.fromEntries(this.#works), factors: Object.fromEntries(this.#factors) };
  }

  /** Whether this, or something like it, was measured here. */
  knows(work: Work): boolean {
    return this.#works.has(workKey(work)) || this.#factors.has(work.source.codec);
  }

  estimate(work: Work): Cost {
    const known = this.#works.get(workKey(work));
    if (known !== undefined) return known;
    const factor = this.#factor(work.source);
    const { cores, thread } = tableCost(work);
    return { cores: cores * factor, thread: thread * factor };
  }

  /** By the table alone, as if nothing had been measured. */
  table(work: Work): Cost {
    return tableCost(work);
  }

  /** @param cost of a process that runs, at the camera's full pace */
  learn(work: Work, cost: Cost): void {
    const key = workKey(work);
    const before = this.#works.get(key);
    this.#works.delete(key);
    this.#works.set(key, before === undefined ? cost : blend(before, cost));
    const oldest = this.#works.keys().next();
    if (this.#works.size > MAX_WORKS && oldest.done !== true) this.#works.delete(oldest.value);
    const table = tableCost(work).cores;
    // Keyframes alone are a matter of starting and waiting, not of pixels.
    if (work.pictures === 'keyframes' || table <= 0) return;
    const [least, most] = FACTOR_RANGE;
    const factor = Math.min(most, Math.max(least, cost.cores / table));
    for (const name of factorKeys(work.source)) {
      const old = this.#factors.get(name) ?? factor;
      this.#factors.set(name, old + (factor - old) * NEW_WEIGHT);
    }
  }

  #factor(source: SourcePictures): number {
    const keys = factorKeys(source);
    return keys.map((key) => this.#factors.get(key)).find((factor) => factor !== undefined) ?? 1;
  }
}

/** The nearest first. */
const factorKeys = ({ codec, size }: SourcePictures): readonly string[] => [
  `${codec} ${sizeText(size)}`,
  codec,
  'all',
];

const blend = (before: Cost, now: Cost): Cost => ({
  cores: before.cores + (now.cores - before.cores) * NEW_WEIGHT,
  thread: before.thread + (now.thread - before.thread) * NEW_WEIGHT,
});

function tableCost({ source, pictures, rungs }: Work): Cost {
  const fps = pictures === 'keyframes' ? keyframeFps(source) : source.fps;
  const small = rungs.every(({ size }) => atMostHalf(size, source.size));
  const share = small ? (UNFILTERED_SHARE[source.codec] ?? 1) : 1;
  const before =
    decodeCores(source, fps) * share + rungs.reduce((sum, rung) => sum + scaleCores(source, rung), 0);
  const encoded = rungs.reduce((sum, rung) => sum + encodeCores(rung), 0);
  return { cores: before + encoded, thread: before + encoded * ENCODE_IN_THREAD };
}

const megapixels = (size: Size, fps: number): number => (pixels(size) * fps) / 1e6;

const decodeCores = ({ codec, size }: SourcePictures, fps: number): number =>
  megapixels(size, fps) * (DECODE_PER_MEGAPIXEL[codec] ?? DECODE_UNKNOWN);

const scaleCores = ({ size }: SourcePictures, rung: RungPictures): number =>
  sizeText(size) === sizeText(rung.size) ? 0 : megapixels(size, rung.fps) * SCALE_PER_MEGAPIXEL;

const encodeCores = ({ size, fps, preset }: RungPictures): number =>
  preset === undefined ? 0 : megapixels(size, fps) * ENCODE_PER_MEGAPIXEL[preset];

function workKey({ source, pictures, rungs }: Work): string {
  const made = rungs.map(
    (rung) => `${sizeText(rung.size)}@${Math.round(rung.fps)} ${rung.preset ?? 'hardware'}`,
  );
  const all = pictures === 'all' ? '' : ' keyframes';
  return `${source.codec} ${sizeText(source.size)}@${Math.round(source.fps)}${all} > ${made.sort().join(', ')}`;
}
