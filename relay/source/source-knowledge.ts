/**
 * What is known of one camera's source: from the configuration, from a short look at it, and from what went wrong
 * with it. Says whether its stream may be passed on. The look itself is source-probe.ts.
 */
import type { CameraConfig } from '../config/schema.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import { type CopyVerdict, copyExcluded, judgeCopy, type SourceFacts } from './copy-policy.ts';
import { evenSize, parseSize, pixels, type Size } from './sizes.ts';
import { type ProbeResult, probeSource } from './source-probe.ts';

export interface SourceKnowledgeDeps {
  readonly config: CameraConfig;
  readonly ffmpeg: string;
  readonly run: ShortRunDeps;
}

export class SourceKnowledge {
  readonly #deps: SourceKnowledgeDeps;
  #facts: SourceFacts | undefined;
  /** The source is not what {@link #facts} say any more. */
  #stale = false;
  /** Why its stream is not passed on any more, although it looked fit for that. */
  #copyProblem: string | undefined;

  constructor(deps: SourceKnowledgeDeps) {
    this.#deps = deps;
  }

  /** Of its own stream; undefined until it was looked at. */
  get facts(): SourceFacts | undefined {
    return this.#facts;
  }

  /** Of the best rung, without regard to the host; undefined while unknown. */
  get size(): Size | undefined {
    const { encode, source } = this.#deps.config;
    if (encode.rungs !== 'auto') {
      const sizes = encode.rungs.map(({ size }) => evenSize(parseSize(size)));
      return sizes.sort((a, b) => pixels(b) - pixels(a))[0];
    }
    if (encode.size !== undefined) return evenSize(parseSize(encode.size));
    if (this.#facts !== undefined) return evenSize(this.#facts.size);
    const declared = source.type === 'test' || source.type === 'v4l2' ? source.size : undefined;
    return declared === undefined ? undefined : evenSize(parseSize(declared));
  }

  /**
   * Finds out what is missing for a decision.
   * @returns why the source cannot be had
   * @throws CameraUrlError when the camera's address cannot be used
   */
  async look(signal: AbortSignal): Promise<Extract<ProbeResult, { kind: 'failed' }> | undefined> {
    const { config, run, ffmpeg } = this.#deps;
    const mayCopy = copyExcluded(config) === undefined && this.#copyProblem === undefined;
    const enough = this.#facts !== undefined || (!mayCopy && this.size !== undefined);
    if (!this.#stale && enough) return undefined;
    if (!mayCopy && config.encode.rungs !== 'auto') return undefined;
    // A second look must be short: the wall waits. What the keyframes are like then shows while it runs.
    const needGop = mayCopy && this.#facts === undefined;
    const result = await probeSource(run, { ffmpeg, camera: config, needGop, signal });
    if (result.kind === 'failed') return result;
    const { size, codec, pixelFormat, interlaced } = result.facts;
    this.#facts = { ...(this.#facts ?? result.facts), size, codec, pixelFormat, interlaced };
    this.#stale = false;
    return undefined;
  }

  judgeCopy(): CopyVerdict {
    const { config } = this.#deps;
    const excluded = copyExcluded(config) ?? this.#copyProblem;
    if (excluded !== undefined) return { copy: false, reason: excluded };
    if (this.#facts === undefined) return { copy: false, reason: 'the source is not known yet' };
    return judgeCopy(config, this.#facts);
  }

  /** The source is not what it was: look again. */
  changed(): void {
    this.#stale = true;
  }

  /** Passing on does not work, whatever it looks like: `problem` in words. */
  copyFailed(problem: string): void {
    this.#copyProblem = problem;
  }
}
