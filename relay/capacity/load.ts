/** What one transcoder did over the last seconds, from counters that only grow. Pure. */
import { type CpuTime, cpuShare } from './cpu-time.ts';
import type { Reading } from './verdict.ts';

/** Media time since the process started, in ms. */
export interface Progress {
  /** Given to it, or kept from it because it was behind: all that came from the source. */
  readonly offeredMs: number;
  /** Came out of it. */
  readonly producedMs: number;
}

interface Sample extends Progress {
  readonly atMs: number;
  readonly cpu: CpuTime | undefined;
}

const WINDOW_MS = 5_000;
/** A shorter one says nothing: parts come by the group of pictures from some cameras. */
const MIN_WINDOW_MS = 3_000;

export class Load {
  #samples: readonly Sample[] = [];

  /** The host slept, or we did: what is older cannot be compared. */
  clear(): void {
    this.#samples = [];
  }

  /**
   * @param idle share of the host's cores, 0 to 1
   * @returns undefined while there is too little to compare
   */
  sample(progress: Progress, cpu: CpuTime | undefined, idle: number, nowMs: number): Reading | undefined {
    const last: Sample = { ...progress, atMs: nowMs, cpu };
    this.#samples = [...this.#samples.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS), last];
    const first = this.#samples[0];
    if (first === undefined || nowMs - first.atMs < MIN_WINDOW_MS) return undefined;
    const ms = nowMs - first.atMs;
    const share = first.cpu === undefined || cpu === undefined ? undefined : cpuShare(first.cpu, cpu, ms);
    return {
      arrival: Math.max(0, last.offeredMs - first.offeredMs) / ms,
      speed: Math.max(0, last.producedMs - first.producedMs) / ms,
      cores: share?.cores,
      busiest: share?.busiest,
      idle,
    };
  }
}
