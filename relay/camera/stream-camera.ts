/**
 * One camera: its streams, the rungs that are made of them while somebody watches, and its state. It only connects:
 * opening a stream is relay/ingest, making a rung relay/transcode, which there are stream-plan.ts and rung-plan.ts, what
 * state that is camera-health.ts.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import { type CameraState, type CameraTelemetry, MAX_WORDS } from '../../src/wire/protocol.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { CameraConfig } from '../config/schema.ts';
import type { Ingest, IngestEvents } from '../ingest/ingest.ts';
import { planStreams, type StreamPlan } from '../ingest/stream-plan.ts';
import type { Logger } from '../process/logger.ts';
import { TickGuard } from '../process/tick-guard.ts';
import { sizeText } from '../source/sizes.ts';
import type { Camera, RungMedia } from './camera.ts';
import { CameraHealth, FROZEN_MS, type Health, type Moment } from './camera-health.ts';
import { CameraRung, type RungMaker } from './camera-rung.ts';
import { CameraStream } from './camera-stream.ts';
import { type PlannedRung, planRungs } from './rung-plan.ts';

export interface StreamCameraDeps {
  readonly config: CameraConfig;
  readonly createIngest: (stream: StreamPlan, timeline: Timeline, events: IngestEvents) => Ingest;
  readonly createMaker: (rungId: string, target: Timeline, onChange: () => void) => RungMaker;
  /** For a rung that is new. */
  readonly createTimeline: () => Timeline;
  /** Monotonic. */
  readonly clock: Clock;
  readonly wallClock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

const HEALTH_TICK_MS = 250;

export class StreamCamera implements Camera {
  readonly #deps: StreamCameraDeps;
  readonly #streams: readonly CameraStream[];
  readonly #made = new Map<string, CameraRung>();
  readonly #health: CameraHealth;
  readonly #listeners = new Set<(state: CameraState) => void>();
  #rungs: readonly RungMedia[] = [];
  #state: CameraState;
  /** When the first of its streams came, monotonic. */
  #cameMs: number | undefined;
  #told: { readonly health: Health | undefined; readonly text: string } = { health: undefined, text: '' };
  #ticks: Cancel | undefined;

  constructor(deps: StreamCameraDeps) {
    this.#deps = deps;
    this.#health = new CameraHealth(deps.wallClock.now());
    this.#streams = planStreams(deps.config).map(
      (plan) =>
        new CameraStream({
          ...deps,
          plan,
          onMedia: () => this.#arrived(),
          onChange: () => this.#changed(),
          onTrouble: () => this.#troubled(),
        }),
    );
    this.#state = this.#buildState();
  }

  get id(): string {
    return this.#deps.config.id;
  }

  state(): CameraState {
    return this.#state;
  }

  telemetry(): CameraTelemetry | undefined {
    const stream = this.#streams.find(({ running }) => running);
    const { ingest } = stream ?? {};
    const { seen, speed } = ingest ?? {};
    if (ingest === undefined || seen === undefined || speed === undefined) return undefined;
    return {
      id: this.id,
      fps: seen.fps * Math.min(1, speed),
      speed,
      bitrateKbps: ingest.bitrateKbps,
      droppedFrames: ingest.droppedFrames,
    };
  }

  rungs(): readonly RungMedia[] {
    return this.#rungs;
  }

  onChange(listener: (state: CameraState) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the streams that are always on; they are kept open until {@link stop}. */
  start(): void {
    this.#ticks ??= this.#watch();
    for (const stream of this.#streams) stream.start();
  }

  /** Resolves when no process is left. May be called twice. */
  async stop(): Promise<void> {
    this.#ticks?.();
    this.#ticks = undefined;
    await Promise.all([...this.#made.values(), ...this.#streams].map((running) => running.stop()));
  }

  restart(reason: string): void {
    this.#deps.log.info({ reason }, 'restart requested');
    for (const { ingest, running } of this.#streams) if (running) ingest.restart(reason);
    for (const rung of this.#made.values()) rung.restart(reason);
  }

  #watch(): Cancel {
    const guard = new TickGuard(HEALTH_TICK_MS, this.#deps.clock.now());
    return this.#deps.timers.every(HEALTH_TICK_MS, () => {
      if (guard.late(this.#deps.clock.now())) return;
      this.#health.tick(this.#moment());
      if (this.#rungs.length === 0 && this.#waitedLong) this.#changed();
      else this.#judge();
    });
  }

  /** For each picture: almost always nothing changes. */
  #arrived(): void {
    // Before its rungs are known there is nothing to see.
    if (this.#rungs.length === 0) return;
    const before = this.#health.current;
    if (this.#health.media(this.#moment()) !== before) this.#judge();
  }

  /** Something that its state is made of changed, besides its health. */
  #changed(): void {
    this.#plan();
    this.#told = { ...this.#told, health: undefined };
    this.#judge();
  }

  /** A camera one of whose streams comes is not gone. */
  #troubled(): void {
    const always = this.#streams.filter(({ plan }) => plan.always);
    const reasons = always.flatMap(({ trouble }) => trouble ?? []);
    const [reason] = reasons;
    if (reason !== undefined && reasons.length === always.length) this.#health.ended(reason, this.#moment());
    this.#judge();
  }

  /** Some of what it should show is not there, or is less than it should be. */
  #judge(): void {
    const nowMs = this.#deps.clock.now();
    const problems = this.#streams.flatMap((stream) => {
      const { plan, trouble, ingest } = stream;
      if (!stream.running) return [];
      const named = this.#streams.length === 1 ? '' : `stream ${plan.id}: `;
      if (trouble !== undefined) return [named + trouble];
      if (nowMs - (stream.mediaMs ?? nowMs) >= FROZEN_MS)
        return [`${named}no picture for ${FROZEN_MS / 1000} s and more`];
      return ingest.task?.less === undefined ? [] : [named + ingest.task.less];
    });
    const limits = [...this.#made.values()].flatMap(({ limit }) => limit ?? []);
    this.#health.slow([...problems, ...limits][0], this.#moment());
    this.#publish();
  }

  /** Rungs follow what the streams turn out to be; those that stay keep their timelines. */
  #plan(): void {
    const seen = this.#streams.flatMap((stream) => stream.seen ?? []);
    if (this.#streams.some(({ ingest }) => ingest.seen !== undefined))
      this.#cameMs ??= this.#deps.clock.now();
    const complete = this.#streams.every(
      (stream) => stream.seen !== undefined || stream.trouble !== undefined,
    );
    // A wall that asks for the best rung must not get another because that one is still coming.
    const wait = !complete && !this.#waitedLong;
    if (seen.length === 0 || (wait && this.#rungs.length === 0)) return;
    const playing = [...this.#made.values()].flatMap((rung) => rung.playing ?? []);
    const planned = planRungs(this.#deps.config.encode, seen, playing);
    for (const [id, rung] of this.#made) {
      if (planned.some((other) => other.id === id && other.made === 'transcode')) continue;
      this.#made.delete(id);
      void rung.stop();
    }
    this.#rungs = planned.flatMap((rung) => this.#media(rung) ?? []);
  }

  /** A stream that is silent for longer beside one that comes is not waited for: its rungs are added when it comes. */
  get #waitedLong(): boolean {
    const nowMs = this.#deps.clock.now();
    return nowMs - (this.#cameMs ?? nowMs) >= FROZEN_MS;
  }

  #media(planned: PlannedRung): RungMedia | undefined {
    const stream = this.#streams.find(({ plan }) => plan.id === planned.from);
    if (stream === undefined) return undefined;
    if (planned.made === 'camera') return stream.media(planned);
    const rung = this.#made.get(planned.id) ?? this.#newRung(planned.id);
    this.#made.set(planned.id, rung);
    rung.plan(planned, stream);
    const others = [...this.#made.values()].filter(({ from }) => from === planned.from);
    return rung.media(others.some(({ keyframesOnly }) => keyframesOnly));
  }

  #newRung(id: string): CameraRung {
    const { createTimeline, createMaker, timers } = this.#deps;
    const timeline = createTimeline();
    const onChange = (): void => this.#changed();
    return new CameraRung({ timeline, timers, onChange, maker: createMaker(id, timeline, onChange) });
  }

  #moment(): Moment {
    return { nowMs: this.#deps.clock.now(), wallMs: this.#deps.wallClock.now() };
  }

  #words(): string | undefined {
    const words = this.#streams.flatMap(({ plan, ingest }) => {
      const { task, seen } = ingest;
      if (task === undefined) return [];
      const what =
        seen === undefined
          ? ''
          : ` (${seen.init.codecs}, ${sizeText(seen.init)}, ${seen.fps} fps${seen.reordered ? ', B-frames' : ''}${seen.gopMs === undefined ? '' : `, keyframes ${(seen.gopMs / 1000).toFixed(1)} s apart`})`;
      return [`${this.#streams.length === 1 ? '' : `${plan.id} `}${task.words}${task.passed ? what : ''}`];
    });
    return words.length === 0 ? undefined : words.join('; ').slice(0, MAX_WORDS);
  }

  #buildState(): CameraState {
    const { id, name, source, offsetMs } = this.#deps.config;
    const health: Health = this.#health.current;
    const words = this.#words();
    return {
      id,
      name: name ?? id,
      ...health,
      reason: health.reason.slice(0, MAX_WORDS),
      source: source.type,
      rungs: this.#rungs.map(({ rung }) => rung),
      ...(words === undefined ? {} : { encoder: words }),
      restarts: this.#streams.reduce((sum, { ingest }) => sum + Math.max(0, ingest.starts - 1), 0),
      offsetMs,
    };
  }

  /** Tells the listeners, if anything in the state changed. Runs with each tick, so it looks closely only after a change. */
  #publish(): void {
    const health = this.#health.current;
    if (health === this.#told.health) return;
    const next = this.#buildState();
    const text = JSON.stringify(next);
    const same = text === this.#told.text;
    this.#told = { health, text };
    if (same) return;
    const before = this.#state;
    this.#state = next;
    const { state, reason } = next;
    if (state !== before.state) this.#deps.log.info({ state, reason }, `camera ${state}`);
    for (const listener of [...this.#listeners]) listener(next);
  }
}
