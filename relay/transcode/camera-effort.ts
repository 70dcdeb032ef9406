/**
 * How hard one camera's encoder tries on this host, and which rungs that leaves: as much as the profile asks for,
 * as little as its share of the cores demands, and less when that turns out to be too much.
 */
import type { CameraConfig } from '../config/schema.ts';
import type { Logger } from '../process/logger.ts';
import { ASSUMED_SIZE, type Preset, type Size } from '../source/sizes.ts';
import type { EncodeJob } from './backend.ts';
import { encodeCores, scaleCores, sourceCores } from './cost.ts';
import { type Effort, type EffortRange, lowerEffort, loweredWords } from './effort.ts';
import type { EncoderHost } from './encoder-host.ts';
import { isExtra, type LadderRequest, planLadder, type RungPlan } from './ladder.ts';
import { type Profile, startPreset } from './profiles.ts';

export interface CameraEffortDeps {
  readonly config: CameraConfig;
  readonly host: EncoderHost;
  readonly log: Logger;
}

/** What is known of the pictures. */
export interface Pictures {
  /** Of the best rung, without regard to the host; undefined while unknown. */
  readonly size: Size | undefined;
  /** The best rung is passed on, not encoded. */
  readonly copy: boolean;
}

/** Of the cores that no camera asks for, so much may go into more rungs: a viewer may run on the same host. */
const SPARE_SHARE = 0.5;

/**
 * More rungs only up to here: ffmpeg decodes, scales and waits for its encoders in one thread, so that a process
 * that takes a core in sum is at its end, whatever the host has (4K with five rungs: 1.0 cores, 0.93 times real time).
 */
const MAX_PROCESS_CORES = 0.7;

export class CameraEffort {
  readonly #deps: CameraEffortDeps;
  /** What it would do on a fast host, and what it does; undefined until it was decided. */
  #wanted: Effort | undefined;
  #effort: Effort | undefined;
  /** What encoding costs on this host against the table. */
  #factor = 1;
  /** Rates of the rungs below the best when it was too slow; undefined before that. */
  #noMoreThan: ReadonlyMap<string, number> | undefined;

  constructor(deps: CameraEffortDeps) {
    this.#deps = deps;
  }

  /** Tells the host what the camera will want, before anything is known of it but its configuration. */
  announce(size: Size | undefined): void {
    this.#deps.host.demand(this.#deps.config.id, this.#bestCores(this.#first(size), size));
  }

  /**
   * The effort that the camera's share of the host allows; decided once, then only lowered.
   * @throws DOMException when `signal` ended the wait for a measurement
   */
  async choose(pictures: Pictures, signal: AbortSignal): Promise<Effort> {
    this.#effort ??= await this.#affordable(pictures, signal);
    return this.#effort;
  }

  /** Decide anew: it was decided for a stream that is passed on. */
  reset(): void {
    this.#effort = undefined;
  }

  /** Does with less from now on. @returns what, in words; undefined when nothing is left to lower */
  lower({ rungs, copyBest, hardware }: EncodeJob, size: Size | undefined): string | undefined {
    const before = this.#effort;
    if (before === undefined) return undefined;
    const encoded = copyBest ? rungs.slice(1) : rungs;
    const range = this.#range(size);
    this.#effort = lowerEffort(before, {
      ...range,
      // A hardware encoder has no preset, and a stream that is passed on has no size of ours.
      mayPreset: range.mayPreset && encoded.length > 0 && hardware === undefined,
      mayLean: encoded.some(isExtra),
      maySize: range.maySize && !copyBest,
    });
    const words = this.#effort === undefined ? undefined : loweredWords(before, this.#effort, size);
    this.#effort ??= before;
    this.#noMoreThan = new Map(rungs.slice(1).map(({ id, fps }) => [id, fps]));
    return words;
  }

  rungs(effort: Effort, { size, copy }: Pictures): readonly RungPlan[] {
    const { host, config } = this.#deps;
    const best = copy
      ? sourceCores(config.source.type, size ?? ASSUMED_SIZE, config.encode.fps)
      : this.#bestCores(effort, size);
    // What the camera may take beyond its best rung, and half of what no camera wants.
    const spare = host.share(config.id) - best + host.unwanted * SPARE_SHARE;
    const more = effort.lean ? 0 : Math.min(spare, MAX_PROCESS_CORES - best);
    return planLadder(this.#ladderRequest(effort, size, more));
  }

  /** Cores that a job takes by estimate. */
  cores({ rungs, copyBest, preset, hardware, camera }: EncodeJob, size: Size | undefined): number {
    const encoded = copyBest ? rungs.slice(1) : rungs;
    if (encoded.length === 0) return 0;
    const raw = sourceCores(camera.source.type, size ?? ASSUMED_SIZE, rungs[0]?.fps ?? 0);
    if (hardware !== undefined) return raw;
    return encoded.reduce((sum, rung) => {
      const from = rungs[rungs.indexOf(rung) - 1]?.expected;
      return sum + this.#rungCores(rung.expected, rung.fps, preset, from);
    }, raw);
  }

  /** What is less than wanted, in words; empty when nothing is. */
  lowered(size: Size | undefined): string {
    if (this.#wanted === undefined || this.#effort === undefined) return '';
    return loweredWords(this.#wanted, this.#effort, size);
  }

  /**
   * What a user notices, in words: smaller pictures, or another preset than the profile that was chosen has.
   * @returns undefined when there is nothing to notice
   */
  noticed(size: Size | undefined): string | undefined {
    if (this.#effort === undefined || this.#wanted === undefined) return undefined;
    const { profile } = this.#deps.config.encode;
    const preset = profile === 'low-latency' ? this.#effort.preset : this.#wanted.preset;
    const words = loweredWords({ preset, lean: this.#effort.lean, cap: undefined }, this.#effort, size);
    return words === '' ? undefined : `this host is too slow${ofProfile(profile)}: ${words}`;
  }

  async #affordable({ size, copy }: Pictures, signal: AbortSignal): Promise<Effort> {
    const { config, host, log } = this.#deps;
    const wanted = this.#first(size);
    this.#wanted = wanted;
    host.demand(config.id, copy ? 0 : this.#bestCores(wanted, size));
    if (copy || !host.tight) return wanted;
    const test = config.source.type === 'test';
    this.#factor = await host.costFactor(size ?? ASSUMED_SIZE, wanted.preset, test, signal);
    const needs = this.#bestCores(wanted, size);
    host.demand(config.id, needs);
    const share = host.share(config.id);
    let effort = wanted;
    // Only the best rung has to fit: of the others there are as many as there is room for.
    while (this.#bestCores(effort, size) > share) {
      const lower = lowerEffort(effort, this.#range(size));
      if (lower === undefined) break;
      effort = lower;
    }
    if (effort !== wanted) {
      log.warn(
        { share: hundredths(share), needs: hundredths(needs), cores: host.cores },
        `stepped down from the start: ${loweredWords(wanted, effort, size)}; this host has ${share.toFixed(1)} cores for this camera`,
      );
    }
    return effort;
  }

  #first(size: Size | undefined): Effort {
    const { preset, profile } = this.#deps.config.encode;
    const start = preset === 'auto' ? startPreset(profile, size ?? ASSUMED_SIZE) : preset;
    return { preset: start, lean: false, cap: undefined };
  }

  #range(size: Size | undefined): EffortRange {
    const { preset, rungs, size: fixed } = this.#deps.config.encode;
    return {
      mayPreset: preset === 'auto',
      mayLean: false,
      maySize: rungs === 'auto' && fixed === undefined,
      size,
    };
  }

  /** Of the best rung alone, with what it takes to have its pictures. */
  #bestCores(effort: Effort, size: Size | undefined): number {
    const { encode, source } = this.#deps.config;
    const [best] = planLadder(this.#ladderRequest(effort, size, 0));
    const raw = sourceCores(source.type, size ?? ASSUMED_SIZE, encode.fps);
    if (best === undefined) return raw;
    return raw + this.#rungCores(best.expected, best.fps, effort.preset, undefined);
  }

  /** @param from size of the pictures that it is made smaller from; undefined: they have its size */
  #rungCores(size: Size, fps: number, preset: Preset, from: Size | undefined): number {
    const scaled = from === undefined ? 0 : scaleCores(from, fps);
    return this.#factor * (encodeCores(size, fps, preset) + scaled);
  }

  #ladderRequest(effort: Effort, size: Size | undefined, spareCores: number): LadderRequest {
    return {
      encode: this.#deps.config.encode,
      source: size,
      cap: effort.cap,
      spareCores,
      noMoreThan: this.#noMoreThan,
      coresOf: (rung, fps, from) => this.#rungCores(rung, fps, effort.preset, from),
    };
  }
}

const hundredths = (cores: number): number => Math.round(cores * 100) / 100;

const ofProfile = (profile: Profile): string =>
  profile === 'low-latency' ? '' : ` for the profile ${profile}`;
