/** A rung that is made from a stream of the camera while somebody watches it. */
import type { Cancel, Timers } from '../../src/wire/ports.ts';
import { MAX_WORDS } from '../../src/wire/protocol.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { RungMedia } from './camera.ts';
import type { CameraStream } from './camera-stream.ts';
import { Lease } from './lease.ts';
import type { PlannedRung } from './rung-plan.ts';

/** What makes a rung's media. */
export interface RungMaker {
  /** Makes it so from now on, until {@link stop}; what is made already goes on until the new one has pictures. */
  make(rung: PlannedRung, stream: CameraStream): void;
  /** Resolves when nothing is made any more. */
  stop(): Promise<void>;
  restart(reason: string): void;
  /** It is not asked for again. */
  forget(): void;
  /** It shows keyframes only: the host cannot decode every picture. */
  readonly keyframesOnly: boolean;
  /** What is less than it should be and why, or why there is nothing, in words. */
  readonly limit: string | undefined;
}

export interface CameraRungDeps {
  readonly timeline: Timeline;
  readonly maker: RungMaker;
  readonly timers: Timers;
  readonly onChange: () => void;
}

export class CameraRung {
  readonly #deps: CameraRungDeps;
  readonly #lease: Lease;
  #planned: PlannedRung | undefined;
  #stream: CameraStream | undefined;
  /** Holds the stream that it is made from; undefined while it sleeps. */
  #release: Cancel | undefined;
  #ending: Promise<void> = Promise.resolve();

  constructor(deps: CameraRungDeps) {
    this.#deps = deps;
    this.#lease = new Lease(deps.timers, (wanted) => {
      if (wanted) this.#make();
      else this.#sleep();
      deps.onChange();
    });
  }

  /** Why its viewers see less than they should; undefined while it has none, though it is still made for a while. */
  get limit(): string | undefined {
    return this.#lease.held ? this.#deps.maker.limit : undefined;
  }

  /** What it is to be from now on; one that is made already changes over when its picture does. */
  plan(planned: PlannedRung, stream: CameraStream): void {
    const before = this.#planned;
    const same = stream === this.#stream && before !== undefined && samePicture(before, planned);
    this.#planned = planned;
    this.#stream = stream;
    if (this.#release !== undefined && !same) this.#make();
  }

  /** The stream that it is made from cannot be decoded in full here. */
  get keyframesOnly(): boolean {
    return this.#release !== undefined && this.#deps.maker.keyframesOnly;
  }

  /** What it is to be, while it is made for somebody. */
  get playing(): PlannedRung | undefined {
    return this.#release === undefined ? undefined : this.#planned;
  }

  /** The stream that it is made from. */
  get from(): string | undefined {
    return this.#planned?.from;
  }

  /** @param keyframesOnly of another rung of the same stream: this one would fare no better */
  media(keyframesOnly: boolean): RungMedia | undefined {
    const planned = this.#planned;
    if (planned === undefined) return undefined;
    const { id, size, fps, bitrateKbps } = planned;
    const { timeline } = this.#deps;
    const asleep = this.#release === undefined;
    const newest = timeline.segments.at(-1);
    const init = newest && timeline.init(newest.initId);
    const { width, height } = init ?? size;
    return {
      rung: {
        ...{ id, width, height, fps, bitrateKbps, codecs: init?.codecs ?? planned.codecs },
        ...(asleep ? { asleep } : {}),
        origin: 'transcode',
        ...(keyframesOnly || this.keyframesOnly ? { pictures: 'keyframes' as const } : {}),
        ...(this.limit === undefined ? {} : { limit: this.limit.slice(0, MAX_WORDS) }),
      },
      timeline,
      use: () => this.#use(),
    };
  }

  restart(reason: string): void {
    if (this.#release !== undefined) this.#deps.maker.restart(reason);
  }

  async stop(): Promise<void> {
    this.#lease.end();
    await this.#ending;
    this.#deps.maker.forget();
  }

  #use(): Cancel {
    const free = this.#lease.use();
    this.#deps.onChange();
    return () => {
      free();
      this.#deps.onChange();
    };
  }

  #make(): void {
    const rung = this.#planned;
    const stream = this.#stream;
    if (rung === undefined || stream === undefined) return;
    const before = this.#release;
    this.#release = stream.use();
    before?.();
    this.#deps.maker.make(rung, stream);
  }

  #sleep(): void {
    const { maker, timeline } = this.#deps;
    const release = this.#release;
    this.#release = undefined;
    this.#ending = maker.stop().then(() => {
      release?.();
      // What is held is old when somebody asks for it again.
      if (this.#release === undefined) timeline.clear();
    });
  }
}

const samePicture = (a: PlannedRung, b: PlannedRung): boolean =>
  a.size.width === b.size.width && a.size.height === b.size.height && a.fps === b.fps;
