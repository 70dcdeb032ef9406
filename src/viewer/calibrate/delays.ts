/** What the readings of one camera come to. Pure. */
import { CYCLE_MS } from './target.ts';

export interface Delay {
  readonly delayMs: number;
  /** Half of the readings that agree are closer to it than this. */
  readonly spreadMs: number;
  readonly readings: number;
  /** There are enough of them. */
  readonly sure: boolean;
}

/** Cameras may seem to be this much quicker than light: their pictures are dated by when they end. */
const EARLIEST_MS = -3000;
/** Two pictures at 25 a second, and half of a tick on each side. */
const AGREE_MS = 60;
const FEWEST = 3;
const SURE = 12;
/** Share of the readings that must agree. */
const MOST = 0.7;
const KEPT = 60;
/** Readings that are this much older than the newest one are of another time: the camera was moved. */
const TOGETHER_MS = 20_000;

export class DelayReadings {
  #readings: { readonly delayMs: number; readonly atMs: number }[] = [];

  /** When the newest one was made. */
  get lastMs(): number | undefined {
    return this.#readings.at(-1)?.atMs;
  }

  /**
   * @param pictureMs when the picture arrived, on the clock of the page that draws the target
   * @param targetMs what the target in it says, in ms from the beginning of a cycle
   * @param atMs any clock that runs on
   */
  add(pictureMs: number, targetMs: number, atMs: number): void {
    const past = (((pictureMs - targetMs - EARLIEST_MS) % CYCLE_MS) + CYCLE_MS) % CYCLE_MS;
    const kept = this.#readings.filter((reading) => atMs - reading.atMs <= TOGETHER_MS);
    this.#readings = [...kept, { delayMs: past + EARLIEST_MS, atMs }].slice(-KEPT);
  }

  /** Undefined until three agree, and where too many do not. */
  delay(): Delay | undefined {
    const all = this.#readings.map(({ delayMs }) => delayMs);
    const middle = medianOf(all);
    if (middle === undefined) return undefined;
    const agreeing = all.filter((delayMs) => Math.abs(delayMs - middle) <= AGREE_MS);
    const { length } = agreeing;
    if (length < FEWEST || length < MOST * all.length) return undefined;
    const delayMs = agreeing.reduce((sum, each) => sum + each, 0) / length;
    const spreadMs = medianOf(agreeing.map((each) => Math.abs(each - delayMs))) ?? 0;
    return { delayMs, spreadMs, readings: length, sure: length >= SURE };
  }
}

function medianOf(numbers: readonly number[]): number | undefined {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
