/** A camera whose encoder processes, clock and timers are played by the test. */

import { createCamera } from '../../relay/camera/create-camera.ts';
import type { StreamCamera } from '../../relay/camera/stream-camera.ts';
import { Capacity } from '../../relay/capacity/capacity.ts';
import { Knowledge } from '../../relay/capacity/knowledge.ts';
import type { CameraConfig } from '../../relay/config/schema.ts';
import type { Activity } from '../../relay/process/activity.ts';
import type { ChildEvents, ChildSpec, SpawnChild } from '../../relay/process/child.ts';
import type { Ending } from '../../relay/process/ending.ts';
import type { Logger } from '../../relay/process/logger.ts';
import type { RunRecordPort } from '../../relay/process/run-records.ts';
import { EncoderHost } from '../../relay/transcode/encoder-host.ts';
import { WakeQueue } from '../../relay/transcode/wake-queue.ts';
import type { CameraState } from '../../src/wire/protocol.ts';
import { fragment, initBoxes, join } from './boxes.ts';
import { FakeTime } from './fake-time.ts';

/** Of one part of a process. */
export const PART_MS = 1024 / 15.36;
export const KILLED: Ending = { kind: 'signal', signal: 'SIGKILL' };
export const FAILED: Ending = { kind: 'exit', code: 1 };
export const DONE: Ending = { kind: 'exit', code: 0 };

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await Promise.resolve();
}

export class FakeProcess {
  readonly signals: string[] = [];
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  #parts = 0;
  #reports = 0;
  #mediaMs = 0;

  constructor(spec: ChildSpec, events: ChildEvents) {
    this.spec = spec;
    this.#events = events;
  }

  argument(name: string): string | undefined {
    return this.spec.args[this.spec.args.indexOf(name) + 1];
  }

  /** The header of the n-th rung. */
  header(n = 0, size: { readonly width?: number; readonly height?: number } = {}): void {
    const { ftyp, moov } = initBoxes(size);
    this.#write(n, join(ftyp, moov));
  }

  /** The next part, on all of the first `rungs` rungs; by default a keyframe every second. */
  part({ keyframe = this.#parts % 15 === 0, rungs = 1 } = {}): void {
    const startMs = this.#parts * PART_MS;
    for (let n = 0; n < rungs; n += 1) this.#write(n, fragment(startMs, keyframe));
    this.#parts += 1;
  }

  /** Boxes of the first rung. */
  media(bytes: Uint8Array): void {
    this.#write(0, bytes);
  }

  #write(n: number, bytes: Uint8Array): void {
    if (n === 0) this.#events.onStdout(bytes);
    else this.#events.onOutput?.(3 + n, bytes);
  }

  garbage(): void {
    this.#events.onStdout(new TextEncoder().encode('Segmentation fault\n'));
  }

  says(text: string): void {
    this.#events.onStderr(`${text}\n`);
  }

  /** One progress report; times are of the half second before it. */
  progress({ speed = 1, duplicatedRatio = 0 } = {}): void {
    this.#reports += 1;
    this.#mediaMs += 500 * speed;
    const frames = this.#reports * 15;
    this.#events.onControl(
      `frame=${frames}\nout_time_us=${this.#mediaMs * 1000}\ndup_frames=${Math.round(frames * duplicatedRatio)}\nprogress=continue\n`,
    );
  }

  /** Answers as the measurement of the host: CPU seconds of a clip. */
  async benchmark(cpuSeconds: number): Promise<void> {
    this.says(`[info] bench: utime=${cpuSeconds}s stime=0.000s rtime=1.0s`);
    await this.end(DONE);
  }

  /** Writes text to standard output and ends. */
  async prints(text: string): Promise<void> {
    this.#events.onStdout(new TextEncoder().encode(text));
    await this.end(DONE);
  }

  async end(ending: Ending): Promise<void> {
    this.#events.onEnded(ending);
    await settle();
  }
}

export class FakeEncoders {
  readonly time = new FakeTime(1_700_000_000_000);
  readonly processes: FakeProcess[] = [];
  readonly records = new Set<number>();
  readonly states: CameraState[] = [];
  readonly logged: string[] = [];
  /** Of each line of {@link logged}. */
  readonly loggedFields: Record<string, unknown>[] = [];
  readonly host: EncoderHost;
  readonly capacity: Capacity;
  readonly knowledge: Knowledge;
  /** Where cameras publish; nowhere by default. */
  publishUrl: ((path: string) => string | undefined) | undefined;
  /** Of each process. */
  activity: Activity | undefined;
  readonly #spawn: SpawnChild;
  readonly #log: Logger;
  readonly #runRecords: RunRecordPort;
  #camera: StreamCamera | undefined;

  constructor({ cores = 8, runRecords }: { cores?: number; runRecords?: RunRecordPort } = {}) {
    this.#runRecords = runRecords ?? {
      add: (pid) => {
        this.records.add(pid);
        return () => this.records.delete(pid);
      },
    };
    this.#spawn = (spec, events) => {
      const fake = new FakeProcess(spec, events);
      const pid = this.processes.push(fake);
      return { pid, signal: (signal) => void fake.signals.push(signal) };
    };
    const write = (fields: Record<string, unknown>, message: string): void => {
      this.logged.push(message);
      this.loggedFields.push(fields);
    };
    this.#log = { debug: () => undefined, info: write, warn: write, error: write };
    this.knowledge = new Knowledge({
      dataDir: '/nowhere',
      host: ['this'],
      timers: { after: () => () => undefined, every: () => () => undefined },
      log: this.#log,
    });
    this.capacity = new Capacity({
      clock: this.time,
      timers: this.time,
      cores,
      idle: () => 1,
      cpuTime: () => undefined,
      viewerHere: () => false,
      model: this.knowledge.costs,
      learnt: () => undefined,
    });
    this.host = new EncoderHost({
      ffmpeg: 'ffmpeg',
      cores,
      ...{ spawn: this.#spawn, timers: this.time, log: this.#log },
    });
  }

  get camera(): StreamCamera {
    if (this.#camera === undefined) throw new Error('no camera');
    return this.#camera;
  }

  get newest(): FakeProcess {
    const last = this.processes.at(-1);
    if (last === undefined) throw new Error('no process');
    return last;
  }

  /** The camera's states by name, in order. */
  get names(): readonly string[] {
    return this.states.map(({ state }) => state);
  }

  /** Builds a camera and starts it; the newest one is {@link camera}. */
  async create(config: CameraConfig): Promise<StreamCamera> {
    const camera = createCamera({
      config,
      knowledge: this.knowledge,
      capacity: this.capacity,
      wakes: new WakeQueue({ timers: this.time, atOnce: 2 }),
      partMs: 67,
      host: this.host,
      publishUrl: (path) => this.publishUrl?.(path),
      mediaClock: this.time,
      runRecords: this.#runRecords,
      clock: this.time,
      wallClock: this.time,
      timers: this.time,
      random: () => 0,
      spawn: this.#spawn,
      activity: () => this.activity,
      log: this.#log,
    });
    this.#camera = camera;
    camera.onChange((state) => this.states.push(state));
    camera.start();
    await settle();
    return camera;
  }

  /** Lets time pass and what it starts begin. */
  async advance(ms: number): Promise<void> {
    this.time.advance(ms);
    await settle();
  }

  /** Media of the newest process in real time, with progress reports, until it is told to end. */
  play(ms: number, figures?: { speed?: number; duplicatedRatio?: number }, rungs = 1): void {
    const process = this.newest;
    const endMs = this.time.now() + ms;
    let reportMs = this.time.now() + 500;
    while (this.time.now() < endMs && process === this.newest && process.signals.length === 0) {
      this.time.advance(PART_MS);
      process.part({ rungs });
      if (this.time.now() < reportMs) continue;
      reportMs += 500;
      process.progress(figures);
    }
  }

  /** A camera that shows pictures. */
  async goLive(config: CameraConfig): Promise<void> {
    const camera = await this.create(config);
    this.newest.header();
    this.play(1_500);
    if (camera.state().state !== 'live') throw new Error(`the camera is ${camera.state().state}`);
  }
}
