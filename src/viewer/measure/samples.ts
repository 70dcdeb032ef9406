/** A series of measurements and its summary. Pure. */

export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** How many samples stand behind it. */
  readonly n: number;
}

/** Value, rounded to 0.1 → how often it was seen. May cross a JSON border and be pooled with others. */
export type Histogram = readonly (readonly [value: number, times: number])[];

/** Kept as a histogram: days of samples fit, none is forgotten, and series can be pooled exactly. */
export class Samples {
  readonly #times = new Map<number, number>();

  add(value: number, times = 1): void {
    const rounded = Math.round(value * 10) / 10;
    this.#times.set(rounded, (this.#times.get(rounded) ?? 0) + times);
  }

  addAll(histogram: Histogram): void {
    for (const [value, times] of histogram) this.add(value, times);
  }

  reset(): void {
    this.#times.clear();
  }

  histogram(): Histogram {
    return [...this.#times].toSorted(([a], [b]) => a - b);
  }

  /** Percentiles by the nearest rank; undefined without a sample. */
  summary(): Summary | undefined {
    const sorted = this.histogram();
    const n = sorted.reduce((sum, [, times]) => sum + times, 0);
    const at = (share: number): number => {
      const rank = Math.max(1, Math.ceil(n * share));
      let seen = 0;
      for (const [value, times] of sorted) {
        seen += times;
        if (seen >= rank) return value;
      }
      return 0;
    };
    return n === 0 ? undefined : { p50: at(0.5), p95: at(0.95), max: at(1), n };
  }
}

/** Of a series that is complete; undefined when it is empty. */
export function summarise(values: readonly number[]): Summary | undefined {
  return pool([values.map((value) => [value, 1] as const)]);
}

/** All samples of all series in one, so that none counts more for having had fewer; undefined when all are empty. */
export function pool(histograms: readonly Histogram[]): Summary | undefined {
  const samples = new Samples();
  for (const histogram of histograms) samples.addAll(histogram);
  return samples.summary();
}
