/**
 * What all cameras of a relay share of their host: its programs and hardware encoders. Everything that takes a look is
 * looked at once and remembered for the run.
 */
import type { Logger } from '../process/logger.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { type Size, sizeText } from '../source/sizes.ts';
import { missingGstreamer } from './gstreamer-check.ts';
import { type HardwareEncoder, HardwareTrust } from './hardware.ts';
import { probeHardware } from './hardware-probe.ts';

export interface EncoderHostDeps extends ShortRunDeps {
  readonly ffmpeg: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly log: Logger;
}

export class EncoderHost {
  readonly trust = new HardwareTrust();
  readonly #deps: EncoderHostDeps;
  readonly #hardware = new Map<string, Promise<readonly HardwareEncoder[]>>();
  readonly #present = new Set<string>();
  /** Probes run one after the other: side by side each would disturb the others. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(deps: EncoderHostDeps) {
    this.#deps = deps;
  }

  get ffmpeg(): string {
    return this.#deps.ffmpeg;
  }

  get cores(): number {
    return this.#deps.cores;
  }

  /** Ends probes that are under way; resolves when no process of theirs is left. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#queue;
  }

  /**
   * The hardware encoder to use for pictures up to this size; undefined: none works, or none is trusted any more.
   * @throws DOMException when `signal` does not want to wait any more
   */
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

/** A probe is shared and goes on; who does not want to wait for it any more is let go. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
