/** Pull feeds that read from a managed MediaMTX what publishers of the test bring there. */
import type { ChildProcess } from 'node:child_process';
import type { MediamtxManager } from '../../relay/mediamtx/manager.ts';
import { createHttpConnect } from '../../relay/pull/http.ts';
import { type PullEvent, PullFeed } from '../../relay/pull/pull-feed.ts';
import { mediaClock } from '../../src/wire/ports.ts';
import { Timeline, type TimelinePart, type TimelineSegment } from '../../src/wire/timeline.ts';
import { MediamtxRig, type Picture, readPlaylist, ready, readyAgain, timers } from './mediamtx-rig.ts';

const PART_MS = 50;

/** One feed with everything that came out of it. */
export interface Pulled {
  readonly feed: PullFeed;
  readonly timeline: Timeline;
  readonly events: PullEvent[];
  /** Each part with its arrival on the timeline, wall clock in ms. */
  readonly parts: { readonly part: TimelinePart; readonly segment: TimelineSegment; readonly atMs: number }[];
}

export class PullRig {
  readonly #rig: MediamtxRig;
  readonly #manager: MediamtxManager;
  readonly #connect = createHttpConnect({ timers });
  readonly #feeds: PullFeed[] = [];

  private constructor(rig: MediamtxRig) {
    this.#rig = rig;
    this.#manager = rig.create({ hls: { partMs: PART_MS, segmentMs: 900, segmentCount: 10 } });
  }

  /** With a MediaMTX that is ready, and is started again whenever it ends. @param program path of MediaMTX */
  static async start(program: string | undefined): Promise<PullRig> {
    const rig = new PullRig(new MediamtxRig(program));
    rig.#manager.start();
    await ready(rig.#manager);
    return rig;
  }

  /** Kills MediaMTX, and waits for the next one to be ready. */
  async killServer(): Promise<void> {
    const pid = await ready(this.#manager);
    process.kill(pid, 'SIGKILL');
    await readyAgain(this.#manager, pid);
  }

  /** Publishes 640x360 unless told otherwise, with a keyframe every second. */
  publish(path: string, picture: Partial<Picture> = {}): ChildProcess {
    return this.#rig.publish(this.#manager, path, { width: 640, height: 360, ...picture });
  }

  pull(path: string, { secret }: { secret?: string } = {}): Pulled {
    const timeline = new Timeline({ windowMs: 14_000 });
    const events: PullEvent[] = [];
    const parts: Pulled['parts'] = [];
    timeline.onPart((part, segment) => parts.push({ part, segment, atMs: mediaClock.now() }));
    const quiet = (): void => undefined;
    const feed = new PullFeed({
      timeline,
      endpoint: () => {
        const { hlsBase, hlsSecret } = this.#manager.endpoints ?? {};
        if (hlsBase === undefined || hlsSecret === undefined) return undefined;
        return { hlsBase: `${hlsBase}/`, hlsSecret: secret ?? hlsSecret };
      },
      path,
      configuredPartMs: PART_MS,
      mediaClock,
      timers,
      connect: this.#connect,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      onEvent: (event) => events.push(event),
    });
    this.#feeds.push(feed);
    feed.start();
    return { feed, timeline, events, parts };
  }

  /** A playlist of MediaMTX, as the feed sees it. */
  playlist(path: string, name: string): Promise<string> {
    return readPlaylist(this.#manager, path, name);
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) feed.stop();
    await this.#rig.close();
  }
}
