/** What becomes of a camera's encoders' pipes: fragmented MP4, one feed and one timeline for each rung. */
import type { Clock } from '../../src/wire/ports.ts';
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { PdtClock } from '../media/pdt-clock.ts';
import { RunFeed } from '../media/run-feed.ts';
import type { CopiedFragment } from '../source/copy-policy.ts';
import type { RungPlan } from '../transcode/ladder.ts';

export interface OutletEvents {
  /** The rung's media begins: size and codec of all that follows. */
  readonly onInit: (rungId: string, init: InitSegment) => void;
  /** A part of a rung arrived. */
  readonly onMedia: (rungId: string, part: MediaArrival) => void;
  /** The process delivers something unusable and must be replaced; `problem` is half a sentence. `bug`: see run-feed.ts. */
  readonly onFault: (problem: string, bug?: Error) => void;
}

export interface MediaArrival {
  readonly durationMs: number;
  readonly bytes: number;
  /** What there is to watch of a stream that is passed on. */
  readonly fragment: CopiedFragment;
}

export interface OutletRun {
  /** Takes bytes of the n-th rung's output. */
  push(n: number, chunk: Uint8Array): void;
}

export interface MediaOutletDeps {
  /** How long parts should be, in ms. */
  readonly partMs: number;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
  /** For a rung that is new. */
  readonly createTimeline: () => Timeline;
}

interface RungFeed {
  readonly timeline: Timeline;
  readonly feed: RunFeed;
}

export class MediaOutlet {
  readonly #deps: MediaOutletDeps;
  readonly #rungs = new Map<string, RungFeed>();

  constructor(deps: MediaOutletDeps) {
    this.#deps = deps;
  }

  /** The rung's timeline: the same object for the life of the relay. */
  timeline(rungId: string): Timeline {
    return this.#rung(rungId).timeline;
  }

  /**
   * A process begins to deliver these rungs. Closes the run before it.
   * @param delayMs by how much later than elsewhere its pictures come out
   */
  open(rungs: readonly RungPlan[], delayMs: number, events: OutletEvents): OutletRun {
    // One process, one media time: what one rung shows of when pictures were taken holds for all.
    const clock = new PdtClock();
    // A rung that is not made any more ends here.
    for (const [id, { timeline }] of this.#rungs) {
      if (!rungs.some((rung) => rung.id === id)) timeline.closeSegment();
    }
    const runs = rungs.map(({ id }) =>
      this.#rung(id).feed.open(
        {
          onInit: (init) => events.onInit(id, init),
          onMedia: (part) => events.onMedia(id, { ...part, fragment: part }),
          onFault: events.onFault,
        },
        { clock, delayMs },
      ),
    );
    return { push: (n, chunk) => runs[n]?.push(chunk) };
  }

  #rung(id: string): RungFeed {
    const known = this.#rungs.get(id);
    if (known !== undefined) return known;
    const timeline = this.#deps.createTimeline();
    const { mediaClock, partMs } = this.#deps;
    const rung = { timeline, feed: new RunFeed({ timeline, mediaClock, partMs }) };
    this.#rungs.set(id, rung);
    return rung;
  }
}
