/** The builtin engine's outlet: fragmented MP4 from the encoder's pipes, one feed and one timeline for each rung. */
import type { Clock } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import { PdtClock } from '../media/pdt-clock.ts';
import { RunFeed } from '../media/run-feed.ts';
import type { Sink } from '../transcode/backend.ts';
import type { RungPlan } from '../transcode/ladder.ts';
import type { MediaOutlet, OutletEvents, OutletRun } from './outlet.ts';

export interface BuiltinOutletDeps {
  /** Shortest part, in ms. */
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

export class BuiltinOutlet implements MediaOutlet {
  readonly #deps: BuiltinOutletDeps;
  readonly #rungs = new Map<string, RungFeed>();

  constructor(deps: BuiltinOutletDeps) {
    this.#deps = deps;
  }

  async sink(): Promise<Sink> {
    return { kind: 'pipes', partMs: this.#deps.partMs };
  }

  timeline(rungId: string): Timeline {
    return this.#rung(rungId).timeline;
  }

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
          onMedia: (fragment) =>
            events.onMedia(id, {
              durationMs: fragment.durationMs,
              bytes: fragment.bytes.length,
              fragment,
            }),
          onFault: events.onFault,
        },
        { clock, delayMs },
      ),
    );
    return { push: (n, chunk) => runs[n]?.push(chunk), close: () => undefined };
  }

  #rung(id: string): RungFeed {
    const known = this.#rungs.get(id);
    if (known !== undefined) return known;
    const timeline = this.#deps.createTimeline();
    const rung = { timeline, feed: new RunFeed({ timeline, mediaClock: this.#deps.mediaClock }) };
    this.#rungs.set(id, rung);
    return rung;
  }
}
