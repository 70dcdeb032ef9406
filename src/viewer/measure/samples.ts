/** A series of measurements and its summary. Pure. */

export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Hours at a few samples a second; the oldest go first. */
const MAX_SAMPLES = 50_000;

export class Samples {
  #values: number[] = [];

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > MAX_SAMPLES) this.#values.shift();
  }

  reset(): void {
    this.#values = [];
  }

  /** Percentiles by the nearest rank, rounded to 0.1; undefined without a sample. */
  summary(): Summary | undefined {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const at = (share: number): number => {
      const rank = Math.max(1, Math.ceil(sorted.length * share));
      return Math.round((sorted[rank - 1] ?? 0) * 10) / 10;
    };
    return sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), max: at(1) };
  }
}

/** Of a series that is complete; undefined when it is empty. */
export function summarise(values: readonly number[]): Summary | undefined {
  const samples = new Samples();
  for (const value of values) samples.add(value);
  return samples.summary();
}
