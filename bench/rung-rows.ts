/** One row of the suite `rungs`, as in docs/measuring.md. */
import type { Summary } from '../src/viewer/measure/samples.ts';

export interface RungRow {
  readonly mediamtx: 'on' | 'off';
  /** Of one tile each. */
  readonly switches: number;
  readonly switchedMs: Summary;
  readonly gapMs: Summary;
  readonly skewBeforeMs: Summary;
  /** From 3 s after the changes on, all looks in one. */
  readonly skewAfterMs: Summary;
  readonly stallsAfter: number;
  readonly frozenAfterMs: number;
  /** Changes that did not come to their end, in words. */
  readonly problems: readonly string[];
}
