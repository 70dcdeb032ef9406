/**
 * A host that transcoders share, on a clock that the test moves: each needs so many cores for the pace of its camera,
 * gets no more than one thread has, and an equal part of what others leave when they want more than there is.
 */
import { Capacity } from '../../../../relay/capacity/capacity.ts';
import { CostModel } from '../../../../relay/capacity/cost.ts';
import type { CpuTime } from '../../../../relay/capacity/cpu-time.ts';
import type { Notice } from '../../../../relay/capacity/watched.ts';
import type { RungPictures, SourcePictures, Work } from '../../../../relay/capacity/work.ts';
import type { Cancel } from '../../../../src/wire/ports.ts';
import { FakeTime } from '../../../support/fake-time.ts';

export const HEVC_4K: SourcePictures = source('hevc', 3840, 2160);
export const H264_4K: SourcePictures = source('h264', 3840, 2160);
export const H264_1080: SourcePictures = source('h264', 1920, 1080);

function source(codec: string, width: number, height: number): SourcePictures {
  return { codec, size: { width, height }, fps: 25, gopMs: 2000 };
}

export const RUNG_360: RungPictures = rung('360', 640, 360);
export const RUNG_720: RungPictures = rung('720', 1280, 720);

function rung(id: string, width: number, height: number): RungPictures {
  return { id, size: { width, height }, fps: 25, preset: 'superfast' };
}

export const work = (from: SourcePictures, ...rungs: RungPictures[]): Work => ({
  source: from,
  pictures: 'all',
  rungs,
});

interface Process {
  readonly id: string;
  readonly work: Work;
  readonly end: Cancel;
  /** Media that comes from its camera, per time. */
  arrival: number;
  offeredMs: number;
  producedMs: number;
  cpuMs: number;
}

export class FakeHost {
  readonly time = new FakeTime();
  readonly model = new CostModel();
  /** What came, as `id finding` and, with a change, its kind. */
  readonly said: string[] = [];
  readonly words: string[] = [];
  readonly capacity: Capacity;
  viewerHere = false;
  /** So long one that is to give way goes on. */
  takeOverMs = 0;
  /** Of a process' time, what its busiest thread has: they take turns. */
  threadShare = 1;
  /** Cores that others take. */
  others = 0;
  readonly #cores: number;
  readonly #needs: (work: Work) => number;
  readonly #processes = new Map<number, Process>();
  #idle = 1;
  #pid = 100;

  /** @param needs cores that this work takes in truth */
  constructor(cores: number, needs: (work: Work) => number, tellsCpu = true) {
    this.#cores = cores;
    this.#needs = needs;
    this.capacity = new Capacity({
      cores,
      idle: () => this.#idle,
      cpuTime: (pid) => (tellsCpu ? this.#cpuTime(pid) : undefined),
      viewerHere: () => this.viewerHere,
      model: this.model,
      learnt: () => undefined,
      clock: this.time,
      timers: this.time,
    });
    this.capacity.start();
  }

  /** Admits it, and runs what was admitted. */
  start(id: string, asked: Work, arrival = 1): string {
    const admitted = this.capacity.admit(id, asked);
    this.words.push(admitted.words ?? '');
    if (admitted.kind !== 'refused') this.#run(id, admitted.work, arrival);
    return admitted.kind;
  }

  source(id: string, arrival: number): void {
    for (const process of this.#processes.values()) if (process.id === id) process.arrival = arrival;
  }

  pictures(id: string): string | undefined {
    return this.#named(id)?.work.pictures;
  }

  work(id: string): Work | undefined {
    return this.#named(id)?.work;
  }

  stop(id: string): void {
    for (const [pid, process] of this.#processes) {
      if (process.id !== id) continue;
      process.end();
      this.#processes.delete(pid);
    }
    this.capacity.release(id);
  }

  /** A tenth of a second at a time. */
  run(seconds: number): void {
    for (let step = 0; step < seconds * 10; step += 1) {
      this.#pass(100);
      this.time.advance(100);
    }
  }

  #named(id: string): Process | undefined {
    return [...this.#processes.values()].find((process) => process.id === id);
  }

  #run(id: string, now: Work, arrival: number): void {
    const pid = this.#pid++;
    const counters = { offeredMs: 0, producedMs: 0, cpuMs: 0 };
    const end = this.capacity.run(id, {
      pids: () => [pid],
      progress: () => {
        const { offeredMs = 0, producedMs = 0 } = this.#processes.get(pid) ?? {};
        return { offeredMs, producedMs };
      },
      onVerdict: (notice) => this.#noticed(id, pid, notice),
    });
    this.#processes.set(pid, { id, work: now, end, arrival, ...counters });
  }

  #noticed(id: string, pid: number, { finding, words, change }: Notice): void {
    this.words.push(words);
    this.said.push([id, finding, ...(change === undefined ? [] : [change.kind])].join(' '));
    const old = this.#processes.get(pid);
    if (change === undefined || change.kind === 'refused' || old === undefined) return;
    const { work: next } = change;
    this.time.after(this.takeOverMs, () => {
      old.end();
      this.#processes.delete(pid);
      this.#run(id, next, old.arrival);
    });
  }

  #pass(ms: number): void {
    const processes = [...this.#processes.values()];
    const wanted = processes.map((process) => {
      const backlogMs = process.offeredMs - process.producedMs;
      return Math.min(1, this.#needs(process.work) * (process.arrival + backlogMs / 1000));
    });
    const sum = wanted.reduce((a, b) => a + b, this.others);
    const share = Math.min(1, this.#cores / sum);
    this.#idle = Math.max(0, 1 - sum / this.#cores);
    for (const [index, process] of processes.entries()) {
      const cores = (wanted[index] ?? 0) * share;
      process.offeredMs += process.arrival * ms;
      process.cpuMs += cores * ms;
      const made = (cores / this.#needs(process.work)) * ms;
      process.producedMs = Math.min(process.offeredMs, process.producedMs + made);
    }
  }

  #cpuTime(pid: number): CpuTime | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined) return undefined;
    return {
      startTime: String(pid),
      totalMs: process.cpuMs,
      threadsMs: new Map([['main', process.cpuMs * this.threadShare]]),
    };
  }
}
