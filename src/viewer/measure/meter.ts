/**
 * Measures what people see, from any video elements whose picture carries the clock strip: how old the pictures on
 * the screen are, the difference between tiles at one instant, stalls, time frozen and lost frames. Only in measure
 * builds; it knows nothing of the engine, so that other players can be measured by the same ruler.
 *
 * It looks at all tiles in one animation frame, by a timer of its own and not when frames come: a frozen picture
 * grows older with every look, and a look that saw nothing is counted. Reading on every frame would cost more than
 * playing.
 */
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import { STRIP_WRAP_MS } from '../../wire/strip.ts';
import { MeteredTile, type TileReport } from './metered-tile.ts';
import { type Histogram, Samples, type Summary } from './samples.ts';

export interface MeterReport {
  readonly tiles: readonly TileReport[];
  /** Newest minus oldest picture of one look; of the looks that could read two tiles or more. */
  readonly skewMs: Summary | undefined;
  readonly skews: Histogram;
  /** Time that the page's main thread spent looking. */
  readonly busyMs: number;
}

/** One look, by the page's clock: each tile's age, undefined where it could not be read. */
export interface MeterLook {
  readonly atMs: number;
  readonly ages: ReadonlyMap<string, number | undefined>;
}

export interface MeterDeps {
  /** Camera → element; asked again and again, so tiles may come and go. One that went is still missed. */
  readonly videos: () => ReadonlyMap<string, HTMLVideoElement>;
  /** The page's performance.now(). */
  readonly clock: Clock;
  /** Ms since the Unix epoch, the clock that the strip shows. */
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly hidden: () => boolean;
  readonly readStrip: (video: HTMLVideoElement) => number | undefined;
  readonly requestFrame: (run: () => void) => Cancel;
}

/**
 * Prime, and prime to the distances of frames (33, 40, 67 ms) and keyframes (1 and 2 s): a period of 150 ms would see
 * frames of 30 a second at two ages only, and the same places of each GOP for ever.
 */
export const LOOK_PERIOD_MS = 137;
/** For large walls: reading a tile takes 2 to 3 ms of the page's thread, nine tiles every 137 ms a sixth of a core. */
export const LARGE_WALL_PERIOD_MS = 293;
const LARGE_WALL_TILES = 5;

const CLOCKS_DIFFER_MS = 1_000;

export class Meter {
  readonly #deps: MeterDeps;
  readonly #tiles = new Map<string, MeteredTile>();
  readonly #skew = new Samples();
  #latest: MeterLook = { atMs: 0, ages: new Map() };
  #busyMs = 0;
  #wrapMs: number = STRIP_WRAP_MS;
  #periodMs = LOOK_PERIOD_MS;
  /** When the next look is due; undefined while nothing can be seen. */
  #dueMs: number | undefined;
  #timer: Cancel | undefined;
  #frame: Cancel | undefined;

  constructor(deps: MeterDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#follow();
    this.#startTimer();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#frame?.();
    this.#frame = undefined;
    for (const tile of this.#tiles.values()) tile.detach();
    this.#tiles.clear();
  }

  /** For strips that begin again sooner than those that are drawn live, as in a clip that is played in a loop. */
  setWrap(wrapMs: number): void {
    this.#wrapMs = wrapMs;
  }

  /** Forgets all figures: the measurement begins now, of the tiles that are there now. A stopped meter stays so. */
  reset(): void {
    const nowMs = this.#deps.clock.now();
    this.#busyMs = 0;
    this.#skew.reset();
    if (this.#timer === undefined) return;
    this.#follow();
    for (const [camera, tile] of this.#tiles) {
      if (tile.video === undefined) this.#tiles.delete(camera);
      else tile.reset(nowMs);
    }
    this.#startTimer();
  }

  report(): MeterReport {
    const nowMs = this.#deps.clock.now();
    const missed = this.#overdue(nowMs);
    return {
      tiles: [...this.#tiles].map(([camera, tile]) => tile.report(camera, nowMs, missed)),
      skewMs: this.#skew.summary(),
      skews: this.#skew.histogram(),
      busyMs: this.#busyMs,
    };
  }

  /** For what happens within seconds, where a histogram says nothing. */
  latest(): MeterLook {
    return this.#latest;
  }

  #startTimer(): void {
    const { clock, hidden, timers } = this.#deps;
    this.#timer?.();
    this.#periodMs = this.#tiles.size < LARGE_WALL_TILES ? LOOK_PERIOD_MS : LARGE_WALL_PERIOD_MS;
    this.#timer = timers.every(this.#periodMs, () => this.#tick());
    this.#dueMs = hidden() ? undefined : clock.now() + this.#periodMs;
  }

  #tick(): void {
    const { clock, hidden, requestFrame } = this.#deps;
    const nowMs = clock.now();
    if (hidden()) {
      this.#dueMs = undefined;
      for (const tile of this.#tiles.values()) tile.pause(nowMs);
      return;
    }
    if (this.#dueMs === undefined) {
      this.#dueMs = nowMs;
      for (const tile of this.#tiles.values()) tile.resume(nowMs);
    }
    // A frame that is still awaited makes this look a missed one: #look counts it by the clock.
    this.#frame ??= requestFrame(() => {
      this.#frame = undefined;
      this.#look();
    });
  }

  /** Looks that were due and did not happen, as when the page's thread was busy: nobody knows what was seen then. */
  #overdue(nowMs: number): number {
    return this.#dueMs === undefined ? 0 : Math.max(0, Math.floor((nowMs - this.#dueMs) / this.#periodMs));
  }

  /** Reads all tiles inside one animation frame: what one glance at the wall sees. */
  #look(): void {
    const { clock, wallClock, readStrip } = this.#deps;
    const nowMs = clock.now();
    const wallMs = wallClock.now();
    const missed = this.#overdue(nowMs);
    this.#dueMs = (this.#dueMs ?? nowMs) + (missed + 1) * this.#periodMs;
    this.#follow();
    const looked = new Map<string, number | undefined>();
    for (const [camera, tile] of this.#tiles) {
      const value = tile.video === undefined ? undefined : readStrip(tile.video);
      const ageMs = value === undefined ? undefined : this.#ageMs(value, wallMs);
      looked.set(camera, ageMs);
      tile.look(nowMs, ageMs, missed);
    }
    this.#latest = { atMs: nowMs, ages: looked };
    const ages = [...looked.values()].filter((ageMs) => ageMs !== undefined);
    if (ages.length > 1) this.#skew.add(Math.max(...ages) - Math.min(...ages));
    this.#busyMs += clock.now() - nowMs;
  }

  /** Never from the future, but for what two clocks may differ by. */
  #ageMs(value: number, wallMs: number): number {
    const sinceMs = (((wallMs - value) % this.#wrapMs) + this.#wrapMs) % this.#wrapMs;
    return sinceMs > this.#wrapMs - CLOCKS_DIFFER_MS ? sinceMs - this.#wrapMs : sinceMs;
  }

  /** Takes up new elements and lets go of removed ones. */
  #follow(): void {
    const nowMs = this.#deps.clock.now();
    const videos = this.#deps.videos();
    for (const [camera, tile] of this.#tiles) if (videos.get(camera) !== tile.video) tile.detach();
    for (const [camera, video] of videos) {
      const tile = this.#tiles.get(camera) ?? new MeteredTile(nowMs);
      this.#tiles.set(camera, tile);
      if (tile.video !== video) tile.attach(video);
    }
  }
}
