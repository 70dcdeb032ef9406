/** Looks at the tiles' pictures, one after the other, for the target that the page draws, and measures their delays. */
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import { type Delay, DelayReadings } from './delays.ts';
import type { Gray } from './finders.ts';
import { type Located, locateTarget } from './locator.ts';

/** What a look at a video gave. */
export interface Look {
  readonly gray: Gray;
  /** Position of the picture in the media, in seconds. */
  readonly positionSec: number;
}

export interface MeasurerDeps {
  /** Elements of the cameras that are shown. */
  readonly videos: () => ReadonlyMap<string, HTMLVideoElement>;
  /** Calls back with the element's next picture, unless it is cancelled before. */
  readonly look: (video: HTMLVideoElement, seen: (look: Look) => void) => Cancel;
  /** How long ago the picture at this position arrived at the relay; undefined while that is not known. */
  readonly ageMs: (camera: string, positionSec: number) => number | undefined;
  /** The one that the target shows. */
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface Measured {
  readonly delay: Delay | undefined;
  /** The target is in its picture at the moment. */
  readonly seen: boolean;
  readonly picture: Gray | undefined;
  readonly located: Located | undefined;
}

const PERIOD_MS = 80;
/** A picture may be blurred by a hand, or hidden by it, without its camera having been turned away. */
const SEEN_FOR_MS = 2000;

export class Measurer {
  readonly #deps: MeasurerDeps;
  readonly #readings = new Map<string, DelayReadings>();
  readonly #last = new Map<string, { picture: Gray; located: Located | undefined }>();
  /** Cameras whose next picture is waited for. */
  readonly #waiting = new Map<string, Cancel>();
  #turn = 0;

  constructor(deps: MeasurerDeps) {
    this.#deps = deps;
  }

  /** @param changed after each look */
  start(changed: () => void): Cancel {
    const cancel = this.#deps.timers.every(PERIOD_MS, () => this.#step(changed));
    return () => {
      cancel();
      for (const stop of this.#waiting.values()) stop();
      this.#waiting.clear();
    };
  }

  measured(camera: string): Measured {
    const readings = this.#readings.get(camera);
    const { picture, located } = this.#last.get(camera) ?? { picture: undefined, located: undefined };
    const sinceMs = this.#deps.clock.now() - (readings?.lastMs ?? Number.NEGATIVE_INFINITY);
    return { delay: readings?.delay(), seen: sinceMs <= SEEN_FOR_MS, picture, located };
  }

  /** One camera at a time: to search a picture takes longer than to play it. */
  #step(changed: () => void): void {
    const videos = [...this.#deps.videos()];
    for (const [camera, stop] of this.#waiting) {
      if (videos.some(([id]) => id === camera)) continue;
      stop();
      this.#waiting.delete(camera);
    }
    const next = videos[this.#turn % Math.max(1, videos.length)];
    this.#turn += 1;
    if (next === undefined || this.#waiting.has(next[0])) return;
    const [camera, video] = next;
    const stop = this.#deps.look(video, (look) => {
      this.#waiting.delete(camera);
      this.#take(camera, look);
      changed();
    });
    this.#waiting.set(camera, stop);
  }

  #take(camera: string, { gray, positionSec }: Look): void {
    const { clock, ageMs } = this.#deps;
    // Before the search, which takes time.
    const nowMs = clock.now();
    const age = ageMs(camera, positionSec);
    const located = locateTarget(gray);
    this.#last.set(camera, { picture: gray, located });
    if (located === undefined || age === undefined) return;
    const readings = this.#readings.get(camera) ?? new DelayReadings();
    this.#readings.set(camera, readings);
    readings.add(nowMs - age, located.timeMs, nowMs);
  }
}
