/**
 * What this host can do for transcoders: says before one starts how much of what is asked for it may do, watches those
 * that run, and tells who is to do less, or more again. It starts and ends nothing itself.
 */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import { TickGuard } from '../process/tick-guard.ts';
import { type Admission, admission } from './admission.ts';
import { type Booking, coresLeft, fitsAlone, fittingLevel, relief } from './budget.ts';
import { RoomMeter } from './room.ts';
import { type Finding, SETTLE_MS, type Verdict } from './verdict.ts';
import { type Run, type WatchDeps, Watched } from './watched.ts';
import { refusedWords } from './words.ts';
import { reduce, type Work } from './work.ts';

export interface CapacityDeps extends WatchDeps {
  /** A wall runs on this very host. */
  readonly viewerHere: () => boolean;
  /** The model has learnt something worth keeping. */
  readonly learnt: () => void;
  /** Monotonic. */
  readonly clock: Clock;
  readonly timers: Timers;
}

const TICK_MS = 1_000;
/** What was too much may have been measured in company: trying again, estimates may be too high by this factor. */
const RETRY_SLACK = 1.25;

export class Capacity {
  readonly #deps: CapacityDeps;
  readonly #entries = new Map<string, Watched>();
  readonly #guard: TickGuard;
  readonly #meter: RoomMeter;
  #cancel: Cancel | undefined;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: CapacityDeps) {
    this.#deps = deps;
    this.#meter = new RoomMeter(deps.cores, deps.viewerHere);
    this.#guard = new TickGuard(TICK_MS, deps.clock.now());
  }

  start(): void {
    this.#cancel ??= this.#deps.timers.every(TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /**
   * How much of what is asked for may be done; it is booked until {@link release}. Asked again with other rungs, it
   * counts instead of before.
   * @param id of the transcoder, the same for its life and after
   */
  admit(id: string, asked: Work): Admission {
    const { model, clock, cores } = this.#deps;
    const nowMs = clock.now();
    const entry = this.#entry(id, asked);
    const others = this.#others(id);
    const from = entry.retry.due(nowMs) ? 0 : entry.level;
    const level = fittingLevel(model, asked, this.#meter.room, others, { from, mostly: true });
    const needs = model.estimate(asked);
    const left = coresLeft(this.#meter.room, others);
    entry.asked = asked;
    entry.awake = level !== undefined;
    if (level === undefined) return { kind: 'refused', words: refusedWords(needs.cores, left, cores) };
    if (level > entry.level && entry.level === 0) {
      entry.managedInFull = Math.max(0, Math.min(1, 1 / needs.thread, left / needs.cores));
    }
    if (level > entry.level) entry.retry.lowered(nowMs, false);
    if (level < entry.level) entry.retry.raised(nowMs, level === 0);
    entry.changed(level);
    // The one that runs is about to be replaced.
    entry.excuse(nowMs);
    return admission(asked, level, entry.managedInFull, fitsAlone(model, asked, cores));
  }

  /** What was admitted runs. @returns its end: call it when the process has ended */
  run(id: string, run: Run): Cancel {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`transcoder ${id} runs without being admitted`);
    entry.started(run, this.#deps.clock.now());
    return () => {
      // A new one may have taken its place.
      if (entry.run !== run) return;
      entry.ended();
      this.#deps.learnt();
    };
  }

  /** Nobody watches it, or its camera is offline. What it had to do with less is remembered. */
  release(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.awake = false;
  }

  /** Cores that transcoders take, by what was measured last. */
  get coresTaken(): number {
    return [...this.#entries.values()].reduce(
      (sum, { run, cores = 0 }) => sum + (run === undefined ? 0 : cores),
      0,
    );
  }

  /** The camera is no more. */
  forget(id: string): void {
    this.#entries.delete(id);
  }

  #entry(id: string, asked: Work): Watched {
    const entry = this.#entries.get(id) ?? new Watched(asked);
    this.#entries.set(id, entry);
    return entry;
  }

  #bookings(): readonly Booking[] {
    return [...this.#entries].flatMap(([id, entry]) => (entry.awake ? [this.#booking(id, entry)] : []));
  }

  #others(id: string): readonly Booking[] {
    return this.#bookings().filter((booking) => booking.id !== id);
  }

  #booking(id: string, { asked, level, manages }: Watched): Booking {
    return { id, asked, level, manages, cost: this.#deps.model.estimate(reduce(asked, level)) };
  }

  #tick(): void {
    const nowMs = this.#deps.clock.now();
    if (this.#guard.late(nowMs)) {
      for (const entry of this.#entries.values()) entry.slept(nowMs);
      return;
    }
    const late: [Watched, string, Verdict][] = [];
    for (const [id, entry] of this.#entries) {
      const verdict = entry.sample(this.#deps, nowMs);
      if (verdict !== undefined && verdict.finding !== 'fine') late.push([entry, id, verdict]);
    }
    this.#noteElse();
    if (nowMs < this.#quietUntilMs) return;
    for (const [entry, id, verdict] of late) if (this.#relieve(id, entry, verdict, nowMs)) return;
    if (late.every(([, , { finding }]) => finding === 'source-slow')) this.#raise(nowMs);
  }

  #noteElse(): void {
    const running = [...this.#entries.values()].filter(({ run }) => run !== undefined);
    if (running.some(({ cores }) => cores === undefined)) return;
    const ours = running.reduce((sum, { cores }) => sum + (cores ?? 0), 0);
    this.#meter.sample(this.#deps.idle(), ours);
  }

  /** @returns whether anything was changed */
  #relieve(id: string, entry: Watched, verdict: Verdict, nowMs: number): boolean {
    const late = this.#booking(id, entry);
    const steps = relief(this.#deps.model, late, verdict, this.#bookings());
    for (const step of steps) {
      const other = this.#entries.get(step.id);
      if (other === undefined) continue;
      if (other.level === 0) other.managedInFull = other.manages;
      other.retry.lowered(nowMs, verdict.finding === 'host-full');
      this.#change(other, step.level, verdict.finding, nowMs);
    }
    return steps.length > 0;
  }

  /** One at a time: what the first brings must show before the next. */
  #raise(nowMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (entry.level === 0 || entry.run === undefined) continue;
      const due = entry.retry.due(nowMs);
      const room = due ? this.#meter.room : entry.retry.soon ? this.#meter.lately : undefined;
      if (room === undefined) continue;
      const level = fittingLevel(this.#deps.model, entry.asked, room, this.#others(id), {
        slack: due ? RETRY_SLACK : 1,
      });
      if (level === undefined || level >= entry.level) continue;
      entry.retry.raised(nowMs, level === 0);
      this.#change(entry, level, 'fine', nowMs);
      return;
    }
  }

  #change(entry: Watched, level: number, finding: Finding, nowMs: number): void {
    this.#quietUntilMs = nowMs + SETTLE_MS;
    this.#deps.learnt();
    for (const each of this.#entries.values()) each.excuse(nowMs);
    entry.changed(level);
    const { model, cores } = this.#deps;
    const change = admission(entry.asked, level, entry.managedInFull, fitsAlone(model, entry.asked, cores));
    entry.run?.onVerdict({ finding, words: change.words ?? 'all that was asked for again', change });
  }
}
