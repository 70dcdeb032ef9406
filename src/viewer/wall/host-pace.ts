/**
 * Whether this computer is full: its timers come late, or it leaves out pictures that it has. What is late then says nothing
 * of the link. Pure.
 */
import type { FrameCount } from '../player/tile-port.ts';

const WINDOW_MS = 3_000;
/** A timer so late did not wait for its turn alone. Two busy loops beside three tiles on two cores: 22 ms at most. */
const LATE_MS = 50;
/** So many of the window's dozen looks: one long task is none. */
const FULL_LOOKS = 3;
const CALM_LOOKS = 1;
/** Nine calm tiles on two cores leave out one picture in twenty at most. */
const FULL_DROPS = 0.15;
const CALM_DROPS = 0.07;
/** Fewer say nothing. */
const LEAST_PICTURES = 30;
/** Pictures that come this much later than others did are left out for that: players hurry through what piled up. */
const LATE_MEDIA_MS = 200;
/** With less left to play, a tile that is late by as much runs from part to part: it leaves out what comes too late. */
const STARVED_MS = 200;
/** While a wall opens, everything is late. */
const SETTLE_MS = 5_000;
/** With the window before it, what is needed to judge the link anew. */
const CALM_MS = 2_500;
/** Full again so soon after it was calm: the next calm has to last twice as long. */
const RELAPSE_MS = 60_000;
const MAX_CALM_MS = 60_000;

export interface HostTile {
  readonly frames: FrameCount;
  /** How much later than the promptest its media come; undefined before the first. */
  readonly lagMs: number | undefined;
  /** How much later than the wall it shows; undefined while it cannot tell. */
  readonly errorMs: number | undefined;
  /** What it has to play. */
  readonly bufferAheadMs: number;
}

interface Look {
  readonly atMs: number;
  readonly late: boolean;
  readonly total: number;
  readonly dropped: number;
}

export class HostPace {
  #looks: Look[] = [];
  #lastMs: number | undefined;
  #settledMs: number | undefined;
  readonly #frames = new Map<string, FrameCount>();
  #sinceMs: number | undefined;
  #quietSinceMs: number | undefined;
  #calmMs = CALM_MS;
  #endedMs = Number.NEGATIVE_INFINITY;

  /** Since when it is full, monotonic; undefined while it is not. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /**
   * Call it by a timer.
   * @param nowMs monotonic
   * @param periodMs of the timer
   * @param tiles by camera
   */
  step(nowMs: number, periodMs: number, tiles: ReadonlyMap<string, HostTile>): void {
    const late = this.#lastMs !== undefined && nowMs - this.#lastMs > periodMs + LATE_MS;
    this.#lastMs = nowMs;
    this.#settledMs ??= nowMs + SETTLE_MS;
    this.#looks.push({ atMs: nowMs, late, ...this.#count(tiles) });
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const lateLooks = this.#looks.filter((look) => look.late).length;
    const total = this.#looks.reduce((sum, look) => sum + look.total, 0);
    const dropped = this.#looks.reduce((sum, look) => sum + look.dropped, 0);
    const share = total < LEAST_PICTURES ? 0 : dropped / total;
    if (this.#sinceMs === undefined) {
      if (nowMs < this.#settledMs) return;
      if (lateLooks >= FULL_LOOKS || share >= FULL_DROPS) this.#begin(nowMs);
    } else if (lateLooks > CALM_LOOKS || share > CALM_DROPS) this.#quietSinceMs = undefined;
    else {
      this.#quietSinceMs ??= nowMs;
      if (nowMs - this.#quietSinceMs < this.#calmMs) return;
      this.#sinceMs = undefined;
      this.#endedMs = nowMs;
    }
  }

  /** Nobody looks: browsers keep back the timers and the pictures of a hidden page. */
  reset(): void {
    this.#looks = [];
    this.#lastMs = undefined;
    this.#settledMs = undefined;
    this.#frames.clear();
    this.#sinceMs = undefined;
  }

  #begin(nowMs: number): void {
    const relapse = nowMs - this.#endedMs < RELAPSE_MS;
    this.#calmMs = relapse ? Math.min(MAX_CALM_MS, 2 * this.#calmMs) : CALM_MS;
    this.#quietSinceMs = undefined;
    this.#sinceMs = this.#looks[0]?.atMs ?? nowMs;
  }

  /** What came in time since the last look; a tile's first look tells nothing. */
  #count(tiles: ReadonlyMap<string, HostTile>): FrameCount {
    let total = 0;
    let dropped = 0;
    const before = new Map(this.#frames);
    this.#frames.clear();
    for (const [camera, tile] of tiles) {
      if (starved(tile)) continue;
      const { frames } = tile;
      const last = before.get(camera) ?? frames;
      total += frames.total - last.total;
      dropped += frames.dropped - last.dropped;
      this.#frames.set(camera, frames);
    }
    return { total, dropped };
  }
}

/** Its media are late, also where they were from the start, so that none was prompter. */
function starved({ lagMs = 0, errorMs = 0, bufferAheadMs }: HostTile): boolean {
  return lagMs >= LATE_MEDIA_MS || (errorMs >= LATE_MEDIA_MS && bufferAheadMs < STARVED_MS);
}
