/**
 * The MediaMTX engine's outlet: encoders publish each rung to a path of the private MediaMTX, and a pull feed for
 * each path turns what comes out of it into the rung's timeline. Feeds outlive encoders and MediaMTX: they follow
 * whatever is published there next. Keeping MediaMTX running is relay/mediamtx, understanding its lists relay/pull.
 */
import type { Cancel, Clock } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import { ApiError } from '../mediamtx/api.ts';
import type { MediamtxManager } from '../mediamtx/manager.ts';
import type { Logger } from '../process/logger.ts';
import type { PullEvent } from '../pull/pull-feed.ts';
import type { Sink } from '../transcode/backend.ts';
import type { RungPlan } from '../transcode/ladder.ts';
import { FreshStarts } from './fresh-starts.ts';
import type { MediaOutlet, OutletEvents, OutletRun } from './outlet.ts';

/** Follows one path for the life of the relay. */
export interface Feed {
  start(): void;
  stop(): void;
}

export interface FeedRequest {
  readonly timeline: Timeline;
  /** Camera and rung, as in `front/main`. */
  readonly path: string;
  readonly fps: number;
  readonly delayMs: () => number;
  readonly onEvent: (event: PullEvent) => void;
}

export interface MediamtxOutletDeps {
  /** Id of the camera. */
  readonly camera: string;
  readonly manager: Pick<MediamtxManager, 'state' | 'onChange' | 'publishUrl' | 'kickPublisher'>;
  /** For a rung that is new. */
  readonly createTimeline: () => Timeline;
  readonly createFeed: (request: FeedRequest) => Feed;
  /** See {@link Sink}. */
  readonly firstGopMs: number | undefined;
  /** Monotonic. */
  readonly clock: Clock;
  readonly log: Logger;
}

interface RungFeed {
  readonly timeline: Timeline;
  readonly feed: Feed;
  /** Media of the process that runs now is coming. */
  joined: boolean;
}

interface Run {
  readonly delayMs: number;
  readonly events: OutletEvents;
}

export class MediamtxOutlet implements MediaOutlet {
  readonly #deps: MediamtxOutletDeps;
  readonly #timelines = new Map<string, Timeline>();
  readonly #feeds = new Map<string, RungFeed>();
  #run: Run | undefined;
  readonly #freshStarts = new FreshStarts();

  constructor(deps: MediamtxOutletDeps) {
    this.#deps = deps;
  }

  /** Waits until MediaMTX is ready. */
  async sink(signal: AbortSignal): Promise<Sink> {
    await this.#ready(signal);
    return {
      kind: 'rtsp',
      firstGopMs: this.#deps.firstGopMs,
      url: (rungId) => {
        const url = this.#deps.manager.publishUrl(this.#path(rungId));
        if (url === undefined) throw new Error('MediaMTX has no ports yet');
        return url;
      },
    };
  }

  open(rungs: readonly RungPlan[], delayMs: number, events: OutletEvents): OutletRun {
    const run = { delayMs, events };
    this.#run = run;
    for (const [id, { feed, timeline }] of this.#feeds) {
      if (rungs.some((rung) => rung.id === id)) continue;
      // A rung that is not made any more ends here.
      feed.stop();
      timeline.closeSegment();
      this.#feeds.delete(id);
    }
    for (const rung of rungs) this.#follow(rung);
    return {
      push: () => undefined,
      close: () => {
        if (this.#run === run) this.#run = undefined;
      },
    };
  }

  timeline(rungId: string): Timeline {
    const known = this.#timelines.get(rungId);
    if (known !== undefined) return known;
    const timeline = this.#deps.createTimeline();
    this.#timelines.set(rungId, timeline);
    return timeline;
  }

  trouble(): string | undefined {
    const { state } = this.#deps.manager;
    return 'reason' in state ? state.reason : undefined;
  }

  /** Ends all feeds. May be called twice. */
  stop(): void {
    for (const { feed } of this.#feeds.values()) feed.stop();
    this.#feeds.clear();
  }

  #path(rungId: string): string {
    return `${this.#deps.camera}/${rungId}`;
  }

  #follow({ id, fps }: RungPlan): void {
    const known = this.#feeds.get(id);
    if (known !== undefined) {
      known.joined = false;
      return;
    }
    const timeline = this.timeline(id);
    const feed = this.#deps.createFeed({
      timeline,
      fps,
      path: this.#path(id),
      delayMs: () => this.#run?.delayMs ?? 0,
      onEvent: (event) => this.#heard(id, event),
    });
    this.#feeds.set(id, { timeline, feed, joined: false });
    feed.start();
  }

  #heard(rungId: string, event: PullEvent): void {
    const rung = this.#feeds.get(rungId);
    const run = this.#run;
    if (rung === undefined || run === undefined) return;
    switch (event.kind) {
      case 'joined':
        rung.joined = true;
        run.events.onInit(rungId, event.init);
        return;
      case 'part':
        // Before that it is the rest of what the process before it had published.
        if (rung.joined) run.events.onMedia(rungId, event);
        return;
      case 'frozen-parts':
        void this.#kick(rungId, event);
        return;
      case 'missed':
        this.#deps.log.warn(
          { rung: rungId, gapMs: Math.round(event.gapMs) },
          'media is missing: it was lost on the way through MediaMTX, or the encoder left it out',
        );
        return;
      case 'lost':
        return;
    }
  }

  /** Ends the publisher, and with it the muxer. Never rejects. */
  async #kick(rungId: string, { partMs, expectedMs }: { partMs: number; expectedMs: number }): Promise<void> {
    const { clock, log, manager } = this.#deps;
    const fields = { rung: rungId, partMs: Math.round(partMs), expectedMs: Math.round(expectedMs) };
    const verdict = this.#freshStarts.frozen(clock.now());
    if (verdict.kind === 'later') {
      const inS = Math.ceil(verdict.inMs / 1000);
      log.warn(
        fields,
        `MediaMTX cuts parts that are too long again: latency suffers, a new start in ${inS} s`,
      );
    }
    if (verdict.kind !== 'now') return;
    log.warn(fields, 'MediaMTX cuts parts that are too long: the encoder is restarted for a new start');
    try {
      await manager.kickPublisher(this.#path(rungId));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.debug({ problem: error.message }, 'the publisher could not be ended');
    }
  }

  /** Resolves also when `signal` aborts. */
  #ready(signal: AbortSignal): Promise<void> {
    const { manager } = this.#deps;
    return new Promise((resolve) => {
      let leave: Cancel = () => undefined;
      const look = (): void => {
        if (manager.state.name !== 'ready' && !signal.aborted) return;
        leave();
        signal.removeEventListener('abort', look);
        resolve();
      };
      leave = manager.onChange(look);
      signal.addEventListener('abort', look);
      look();
    });
  }
}
