/** Counts which of a relay's processes began while it was watched. Pure: looking is left to the caller. */
import type { RecordedProcess } from './run-records.ts';

export interface Started {
  /** As in `camera cam1`. */
  readonly process: string;
  readonly times: number;
}

export class ProcessWatch {
  readonly #known: Set<number>;
  readonly #labels: Set<string>;
  readonly #again = new Map<string, number>();
  readonly #first = new Set<string>();

  /** @param running those that run when the watch begins */
  constructor(running: readonly RecordedProcess[]) {
    this.#known = new Set(running.map(({ pid }) => pid));
    this.#labels = new Set(running.map(({ label }) => label));
  }

  look(running: readonly RecordedProcess[]): void {
    for (const { pid, label } of running) {
      if (this.#known.has(pid)) continue;
      this.#known.add(pid);
      if (this.#labels.has(label)) this.#again.set(label, (this.#again.get(label) ?? 0) + 1);
      else this.#first.add(label);
      this.#labels.add(label);
    }
  }

  /** Those that had run before under the same name. */
  restarts(): Started[] {
    return [...this.#again].map(([process, times]) => ({ process, times }));
  }

  /** Those that were new, as a transcoder that somebody's tile asked for. */
  began(): string[] {
    return [...this.#first];
  }
}
