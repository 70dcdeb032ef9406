/** One stream of a camera, open always or while it is wanted, and the rung that it is. */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { Ingest, IngestEvents } from '../ingest/ingest.ts';
import { offersStream, type StreamPlan } from '../ingest/stream-plan.ts';
import type { RungMedia } from './camera.ts';
import { h264Codecs } from './h264-codecs.ts';
import { Lease } from './lease.ts';
import type { PlannedRung, SeenStream } from './rung-plan.ts';

export interface CameraStreamDeps {
  readonly config: CameraConfig;
  readonly plan: StreamPlan;
  readonly createIngest: (stream: StreamPlan, timeline: Timeline, events: IngestEvents) => Ingest;
  readonly createTimeline: () => Timeline;
  readonly onMedia: () => void;
  readonly onChange: () => void;
  readonly onTrouble: () => void;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
}

export class CameraStream {
  readonly plan: StreamPlan;
  readonly ingest: Ingest;
  readonly #deps: CameraStreamDeps;
  readonly #lease: Lease;
  #mediaMs: number | undefined;
  #trouble: string | undefined;
  #started = false;

  constructor(deps: CameraStreamDeps) {
    this.#deps = deps;
    this.plan = deps.plan;
    this.ingest = deps.createIngest(deps.plan, deps.createTimeline(), {
      onMedia: () => {
        this.#mediaMs = deps.clock.now();
        this.#trouble = undefined;
        deps.onMedia();
      },
      onChange: deps.onChange,
      onTrouble: (reason) => {
        this.#trouble = reason;
        deps.onTrouble();
      },
    });
    this.#lease = new Lease(deps.timers, (wanted) => this.#wanted(wanted));
  }

  /** It is open, or being opened. */
  get running(): boolean {
    return this.#started;
  }

  /** When media came last, monotonic; undefined before the first since it was opened. */
  get mediaMs(): number | undefined {
    return this.#mediaMs;
  }

  /** Why it stands; undefined while it comes. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** What it is; of one that is opened on demand also beforehand. */
  get seen(): SeenStream | undefined {
    const { plan, ingest } = this;
    const { seen } = ingest;
    const offered = offersStream(this.#deps.config, plan, seen?.init);
    if (seen !== undefined) {
      const { init } = seen;
      const { picture, task } = ingest;
      const passed = task?.passed === true;
      // What is encoded here has the rates that it is told to have.
      const fps = passed ? seen.fps : picture.fps;
      const measured = passed || picture.constantQuality ? seen.bitrateKbps : undefined;
      const bitrateKbps = measured ?? picture.bitrateKbps;
      return { id: plan.id, codecs: init.codecs, size: init, fps, bitrateKbps, offered };
    }
    if (plan.always) return undefined;
    const { expected, fps, bitrateKbps } = ingest.picture;
    return { id: plan.id, codecs: h264Codecs(expected, fps), size: expected, fps, bitrateKbps, offered };
  }

  start(): void {
    if (this.plan.always) this.#open();
  }

  async stop(): Promise<void> {
    this.#lease.end();
    this.#started = false;
    await this.ingest.stop();
  }

  use(): Cancel {
    return this.#lease.use();
  }

  media({ id, size, fps, bitrateKbps, codecs }: PlannedRung): RungMedia {
    return {
      rung: {
        ...{ id, width: size.width, height: size.height, fps, bitrateKbps: Math.round(bitrateKbps), codecs },
        ...(this.#started ? {} : { asleep: true }),
        origin: this.#origin,
      },
      timeline: this.ingest.timeline,
      use: () => this.use(),
    };
  }

  /**
   * A stream that runs anyway costs nothing more, whoever encoded it: tiles rather take it than have a smaller picture
   * made. Who lists rungs wants them taken by their size.
   */
  get #origin(): 'camera' | 'transcode' {
    const listed = this.#deps.config.encode.rungs !== 'auto';
    return this.plan.always && !listed ? 'camera' : 'transcode';
  }

  #wanted(wanted: boolean): void {
    if (this.plan.always) return;
    if (wanted) this.#open();
    else {
      this.#started = false;
      void this.ingest.stop().then(() => {
        if (!this.#started) this.ingest.timeline.clear();
      });
    }
    this.#deps.onChange();
  }

  #open(): void {
    this.#started = true;
    this.#mediaMs = undefined;
    this.ingest.start();
  }
}
