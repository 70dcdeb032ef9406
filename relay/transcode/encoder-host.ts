/**
 * What all cameras of a relay share of their host: the cores, how fast it encodes, which hardware and which
 * programs it has. Everything that takes a measurement is measured once and remembered for the run.
 */
import type { Logger } from '../process/logger.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { type Preset, type Size, sizeText } from '../source/sizes.ts';
import { encodeCores, sourceCores } from './cost.ts';
import { missingGstreamer } from './gstreamer-check.ts';
import { type HardwareEncoder, HardwareTrust } from './hardware.ts';
import { probeHardware } from './hardware-probe.ts';
import { StepJudge, shareCores, USABLE_SHARE } from './host-budget.ts';
import { selfTest } from './self-test.ts';

export interface EncoderHostDeps extends ShortRunDeps {
  readonly ffmpeg: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Share of them that was idle over the last seconds, 0 to 1. */
  readonly idle: () => number;
  readonly log: Logger;
}

/** Below this share of the usable cores the table's estimate will do. */
const MEASURE_FROM = 0.5;
/**
 * More rungs only up to this share of the cores: a wall on the same host takes its part (two cores with one camera of
 * 4K and two of 1080p, a wall beside them: filled up to 0.8, all of them had to step down within a minute).
 */
const EXTRAS_UP_TO = 0.5;
const TEST_FPS = 30;
/** The test picture is calmer than a camera's: measured against the noisy clip of the table, 0.5 to 0.6 of its cost. */
const CALM = 0.6;

export class EncoderHost {
  readonly judge: StepJudge;
  readonly trust = new HardwareTrust();
  readonly #deps: EncoderHostDeps;
  readonly #demands = new Map<string, number>();
  readonly #speeds = new Map<string, Promise<number>>();
  readonly #hardware = new Map<string, Promise<readonly HardwareEncoder[]>>();
  readonly #present = new Set<string>();
  /** Measurements run one after the other: side by side each would measure the others. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(deps: EncoderHostDeps) {
    this.#deps = deps;
    this.judge = new StepJudge({ idle: deps.idle });
  }

  get ffmpeg(): string {
    return this.#deps.ffmpeg;
  }

  get cores(): number {
    return this.#deps.cores;
  }

  /** Ends measurements that are under way; resolves when no process of theirs is left. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#queue;
  }

  /** Tells what a camera would like to take; the last word of each counts. */
  demand(id: string, cores: number): void {
    this.#demands.set(id, cores);
  }

  /** The camera is no longer there: it takes nothing. */
  forget(id: string): void {
    this.#demands.delete(id);
  }

  /** Cores that it may take. */
  share(id: string): number {
    return shareCores(this.#demands, this.#deps.cores).get(id) ?? 0;
  }

  /** Cores that no camera asks for, and that none of the rest of the host is likely to need. */
  get unwanted(): number {
    return Math.max(0, this.#deps.cores * EXTRAS_UP_TO - this.#wanted);
  }

  /** True when the cameras together want so much that guessing what they cost is not good enough. */
  get tight(): boolean {
    return this.#wanted > this.#deps.cores * USABLE_SHARE * MEASURE_FROM;
  }

  get #wanted(): number {
    return [...this.#demands.values()].reduce((sum, cores) => sum + cores, 0);
  }

  /**
   * What encoding costs here against the table, for real pictures (`test` false) or the synthetic one; 1 when it
   * cannot be measured. One measurement for each size and preset.
   * @throws DOMException when `signal` does not want to wait any more
   */
  async costFactor(size: Size, preset: Preset, test: boolean, signal: AbortSignal): Promise<number> {
    const key = `${sizeText(size)} ${preset}`;
    const known = this.#speeds.get(key) ?? this.#measure(size, preset);
    this.#speeds.set(key, known);
    const factor = await unlessAborted(known, signal);
    return test ? factor : Math.max(factor / CALM, factor);
  }

  #measure(size: Size, preset: Preset): Promise<number> {
    const { log, ffmpeg } = this.#deps;
    const tableCores = encodeCores(size, TEST_FPS, preset) + sourceCores('test', size, TEST_FPS);
    const measured = this.#queue.then(async () => {
      try {
        const cores =
          (await selfTest(this.#deps, { ffmpeg, size, preset, signal: this.#stop.signal })) * TEST_FPS;
        log.info(
          { size: sizeText(size), preset, cores: Math.round(cores * 100) / 100 },
          `self-test: ${sizeText(size)} at ${TEST_FPS} fps takes ${cores.toFixed(2)} of ${this.#deps.cores} cores`,
        );
        return cores / tableCores;
      } catch (error) {
        if (!this.#stop.signal.aborted) log.warn({}, error instanceof Error ? error.message : String(error));
        return 1;
      }
    });
    this.#queue = measured;
    return measured;
  }

  /** The hardware encoder to use for pictures up to this size; undefined: none works, or none is trusted any more. */
  async hardware(size: Size, signal: AbortSignal): Promise<HardwareEncoder | undefined> {
    const key = sizeText(size);
    const known = this.#hardware.get(key) ?? this.#probe(size);
    this.#hardware.set(key, known);
    return (await unlessAborted(known, signal)).find((encoder) => this.trust.trusts(encoder));
  }

  #probe(size: Size): Promise<readonly HardwareEncoder[]> {
    const { log, ffmpeg } = this.#deps;
    const probed = this.#queue.then(async () => {
      const { working, failures } = await probeHardware(this.#deps, {
        ffmpeg,
        size,
        signal: this.#stop.signal,
      });
      const [first] = working;
      if (this.#stop.signal.aborted) return [];
      const reasons = failures.length === 0 ? 'this ffmpeg has none' : failures.join('; ');
      if (first === undefined) {
        log.warn(
          { failures },
          `no hardware encoder works at ${sizeText(size)}, encoding in software: ${reasons}`,
        );
      } else {
        log.info({ failures }, `hardware encoder ${first.name} works at ${sizeText(size)}`);
      }
      return working;
    });
    this.#queue = probed;
    return probed;
  }

  /** What GStreamer lacks for these elements, in one sentence; undefined when it has all. */
  async missingGstreamer(elements: readonly string[]): Promise<string | undefined> {
    const unknown = elements.filter((element) => !this.#present.has(element));
    const missing = await missingGstreamer(this.#deps, unknown);
    if (missing === undefined) for (const element of unknown) this.#present.add(element);
    return missing;
  }
}

/** A measurement is shared and goes on; who does not want to wait for it any more is let go. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
