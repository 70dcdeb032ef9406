/** What there is to see of one encoder process's media: its rungs, whether each of them goes on, and a copied stream. */
import type { InitSegment, Timeline } from '../../src/wire/timeline.ts';
import { HANG_MS } from '../process/supervisor-machine.ts';
import { type CopiedFragment, type CopyProblem, CopyWatch } from '../source/copy-policy.ts';
import type { RungMedia } from './camera.ts';
import type { Started } from './encoder-run.ts';

export class RunView {
  readonly started: Started;
  readonly #inits = new Map<string, InitSegment>();
  /** When each rung last delivered, monotonic. */
  readonly #deliveredMs = new Map<string, number>();
  #copyWatch: CopyWatch | undefined;

  constructor(started: Started) {
    this.started = started;
    this.#copyWatch = started.job.copyBest ? new CopyWatch() : undefined;
  }

  get bestId(): string | undefined {
    return this.started.job.rungs[0]?.id;
  }

  initialised(rungId: string, init: InitSegment): void {
    this.#inits.set(rungId, init);
  }

  /**
   * All rungs, best first, with their true sizes; undefined until all are there: a viewer that asks for the best
   * one must not get another.
   */
  rungs(timeline: (rungId: string) => Timeline): readonly RungMedia[] | undefined {
    const media = this.started.job.rungs.flatMap(({ id, fps, bitrateKbps }) => {
      const init = this.#inits.get(id);
      if (init === undefined) return [];
      const { width, height } = init;
      return [{ rung: { id, width, height, fps, bitrateKbps }, timeline: timeline(id) }];
    });
    return media.length === this.started.job.rungs.length ? media : undefined;
  }

  delivered(rungId: string, nowMs: number): void {
    this.#deliveredMs.set(rungId, nowMs);
  }

  /** A rung that stands still while the best one goes on, which the supervisor cannot see. Told once. */
  silentRung(): string | undefined {
    const bestMs = this.#deliveredMs.get(this.bestId ?? '');
    for (const [id, atMs] of this.#deliveredMs) {
      if (bestMs === undefined || bestMs - atMs <= HANG_MS) continue;
      this.#deliveredMs.delete(id);
      return id;
    }
    return undefined;
  }

  /** What is wrong with a stream that is passed on, told once. */
  copyProblem(fragment: CopiedFragment): CopyProblem | undefined {
    const problem = this.#copyWatch?.observe(fragment);
    if (problem !== undefined) this.#copyWatch = undefined;
    return problem;
  }
}
