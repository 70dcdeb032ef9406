/** How much of the host's CPU time was idle lately, from the counters of the system. */
import type { CpuInfo } from 'node:os';
import type { Cancel, Timers } from '../../src/wire/ports.ts';

const SAMPLE_MS = 2_000;
/** Looks back over this many samples. */
const SAMPLES = 3;

export interface CpuIdleDeps {
  /** As `os.cpus`. */
  readonly cpus: () => readonly Pick<CpuInfo, 'times'>[];
  readonly timers: Timers;
}

interface Times {
  readonly idle: number;
  readonly all: number;
}

export class CpuIdle {
  readonly #deps: CpuIdleDeps;
  #samples: readonly Times[] = [];
  #cancel: Cancel | undefined;

  constructor(deps: CpuIdleDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancel ??= this.#deps.timers.every(SAMPLE_MS, () => {
      this.#samples = [...this.#samples, this.#sample()].slice(-SAMPLES);
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Share of all cores that was idle over the last seconds, 0 to 1; 1 before there is anything to compare. */
  get share(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.all <= first.all) return 1;
    return (last.idle - first.idle) / (last.all - first.all);
  }

  #sample(): Times {
    let idle = 0;
    let all = 0;
    for (const { times } of this.#deps.cpus()) {
      idle += times.idle;
      all += times.user + times.nice + times.sys + times.idle + times.irq;
    }
    return { idle, all };
  }
}
