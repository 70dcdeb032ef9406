/** One transcoder as capacity sees it: what it is to do, what runs of it, and what that showed lately. */
import type { Admission } from './admission.ts';
import { fitsAlone } from './budget.ts';
import type { CostModel } from './cost.ts';
import { type CpuTime, cpuTogether } from './cpu-time.ts';
import { Load, type Progress } from './load.ts';
import { Retry } from './retry.ts';
import { type Finding, Judgement, judge, type Reading, type Verdict } from './verdict.ts';
import { findingWords } from './words.ts';
import { reduce, type Work } from './work.ts';

export interface Run {
  /** Of all its processes; none while it is not up. */
  readonly pids: () => readonly number[];
  readonly progress: () => Progress;
  readonly onVerdict: (notice: Notice) => void;
}

/** Told when the finding changes, and when something else is to be done. */
export interface Notice {
  readonly finding: Finding;
  readonly words: string;
  /** What to do from now on: start it beside, swap, end the old one, and Capacity.run the new one. */
  readonly change: Admission | undefined;
}

export interface WatchDeps {
  /** Share of the host's cores that was idle over the last seconds, 0 to 1. */
  readonly idle: () => number;
  /** Undefined where the system does not tell. */
  readonly cpuTime: (pid: number) => CpuTime | undefined;
  readonly model: CostModel;
  /** Cores that this process may use. */
  readonly cores: number;
}

/** From a transcoder that hardly moves there is nothing to learn. */
const LEARN_FROM_SPEED = 0.2;

export class Watched {
  asked: Work;
  /** How much less than asked it is to do: row of work.ts. */
  level = 0;
  /** A transcoder is awake, or about to be; asleep or offline it books nothing. */
  awake = false;
  /** Share of the pictures that it manages, 0 to 1; 1 before there is a reading. */
  manages = 1;
  /** The same when it last did all that is asked for, or what it would be by estimate. */
  managedInFull = 1;
  /** Measured, of what is done now. */
  cores: number | undefined;
  readonly retry = new Retry();
  #run: Run | undefined;
  /** What the process that runs was told to do. */
  #doing: Work;
  /** It runs only until another one takes over, which does what was admitted since. */
  #leaving = false;
  #judgement: Judgement | undefined;
  #finding: Finding = 'fine';
  readonly #load = new Load();

  constructor(asked: Work) {
    this.asked = asked;
    this.#doing = asked;
  }

  get run(): Run | undefined {
    return this.#run;
  }

  started(run: Run, nowMs: number): void {
    this.#run = run;
    this.#doing = reduce(this.asked, this.level);
    this.#leaving = false;
    this.#judgement = new Judgement(nowMs);
    this.#load.clear();
  }

  ended(): void {
    this.#run = undefined;
    this.#judgement = undefined;
  }

  /** It is to do something else: what was measured does not count for that. */
  changed(level: number): void {
    this.level = level;
    this.manages = 1;
    this.cores = undefined;
    this.#finding = 'fine';
    this.#leaving = true;
  }

  /** Something happened that its figures do not know of. */
  excuse(nowMs: number): void {
    this.#judgement?.excuse(nowMs);
  }

  /** The host slept: what is older cannot be compared. */
  slept(nowMs: number): void {
    this.#load.clear();
    this.excuse(nowMs);
  }

  settling(nowMs: number): boolean {
    return this.#judgement?.settling(nowMs) === true;
  }

  /** Once a second. @returns what has lasted; undefined while it is too early to say */
  sample({ model, cores, idle, cpuTime }: WatchDeps, nowMs: number): Verdict | undefined {
    const run = this.#run;
    if (run === undefined) return undefined;
    const cpu = cpuTogether(run.pids().map(cpuTime));
    const read = this.#load.sample(run.progress(), cpu, idle(), nowMs);
    if (read === undefined) return undefined;
    // Keyframes come out by the group of pictures: over some seconds that says nothing, and there is no less to do.
    const keyframes = this.#doing.pictures === 'keyframes';
    const reading = keyframes ? { ...read, speed: read.arrival } : read;
    this.cores = reading.cores;
    if (this.#leaving) return undefined;
    const verdict = this.#judgement?.sample(reading, nowMs);
    if (!this.settling(nowMs)) this.#learn(model, reading);
    if (verdict !== undefined) this.#tell(run, verdict, reading, fitsAlone(model, this.asked, cores), nowMs);
    return verdict;
  }

  #tell(run: Run, { finding, manages }: Verdict, { arrival }: Reading, alone: boolean, nowMs: number): void {
    this.manages = finding === 'fine' ? 1 : manages;
    if (finding !== 'fine' && finding !== 'source-slow') this.retry.disturbed(nowMs);
    if (finding === this.#finding) return;
    this.#finding = finding;
    run.onVerdict({ finding, words: findingWords(finding, manages, arrival, alone), change: undefined });
  }

  #learn(model: CostModel, reading: Reading): void {
    const { cores, busiest, speed } = reading;
    if (cores === undefined || busiest === undefined || speed < LEARN_FROM_SPEED) return;
    // Threads that wait for each other are one full thread in turns.
    const thread = judge(reading).finding === 'process-full' ? Math.max(1, busiest) : busiest;
    model.learn(this.#doing, { cores: cores / speed, thread: thread / speed });
  }
}
