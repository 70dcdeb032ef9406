/**
 * Decides for one camera what its next encoder process is to do: pass the stream on or encode it, with which rungs,
 * how hard, by which encoder. It finds out what it has to know first (source, host) and remembers what went wrong.
 * Running the job is relay/camera.
 */
import type { CameraConfig } from '../config/schema.ts';
import type { Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import type { EncodeJob, EncoderBackend, Sink } from './backend.ts';
import { type CopyVerdict, copyExcluded, judgeCopy, type SourceFacts } from './copy-policy.ts';
import { encodeCores, sourceCores } from './cost.ts';
import { type Effort, type EffortRange, lowerEffort, loweredWords } from './effort.ts';
import type { EncoderHost } from './encoder-host.ts';
import { createFfmpegBackend } from './ffmpeg-backend.ts';
import { createGstreamerBackend, gstreamerElements } from './gstreamer-backend.ts';
import type { HardwareEncoder } from './hardware.ts';
import { planLadder, type RungPlan } from './ladder.ts';
import { gopMs, startPreset, x264Profile } from './profiles.ts';
import { ASSUMED_SIZE, evenSize, parseSize, pixels, type Size } from './sizes.ts';
import { type ProbeResult, probeSource } from './source-probe.ts';

export interface JobChooserDeps {
  readonly config: CameraConfig;
  readonly host: EncoderHost;
  readonly run: ShortRunDeps;
  readonly log: Logger;
}

export type Choice =
  | {
      readonly kind: 'job';
      readonly job: EncodeJob;
      readonly backend: EncoderBackend;
      /** How the pictures are encoded and why, in words. */
      readonly words: string;
      /** The pictures are smaller than they should be, because the host is too slow: why, in words. */
      readonly shrunk: string | undefined;
    }
  /** It cannot be run now. `reason` is half a sentence for users. */
  | {
      readonly kind: 'refused';
      readonly ending: Ending;
      readonly reason: string;
      readonly lines: readonly string[];
    };

export class JobChooser {
  readonly #deps: JobChooserDeps;
  readonly #backend: EncoderBackend;
  #facts: SourceFacts | undefined;
  /** The source is not what {@link #facts} say any more. */
  #stale = false;
  /** Why its stream is not passed on any more, although it looked fit for that. */
  #copyProblem: string | undefined;
  /** What it would do on a fast host, and what it does; undefined until it was decided. */
  #wanted: Effort | undefined;
  #effort: Effort | undefined;
  #job: EncodeJob | undefined;
  #factor = 1;
  #said: string | undefined;

  constructor(deps: JobChooserDeps) {
    this.#deps = deps;
    const { host, config } = deps;
    this.#backend =
      config.encode.backend === 'gstreamer'
        ? createGstreamerBackend(host.ffmpeg)
        : createFfmpegBackend(host.ffmpeg);
    host.demand(config.id, this.#coresOf(this.#firstEffort(), this.#knownSize()));
  }

  /** Cores that the camera takes by estimate. */
  get cores(): number {
    return this.#job === undefined ? 0 : this.#jobCores(this.#job);
  }

  /** @throws CameraUrlError when the camera's address cannot be used; DOMException when `signal` ended it */
  async choose(sink: Sink, text: boolean, signal: AbortSignal): Promise<Choice> {
    const { config, host } = this.#deps;
    const problem = await this.#look(signal);
    if (problem !== undefined) return { ...problem, kind: 'refused' };
    const { backend } = config.encode;
    const lacking =
      backend === 'gstreamer'
        ? await host.missingGstreamer(gstreamerElements({ camera: config, sink }))
        : undefined;
    if (lacking !== undefined) return refused(lacking);
    const copy = this.#judgeCopy();
    const size = this.#knownSize();
    const effort = this.#effort ?? (await this.#affordable(size, signal));
    this.#effort = effort;
    const rungs = this.#rungs(effort, size, copy.copy);
    const hardware = copy.copy && rungs.length === 1 ? undefined : await this.#hardware(rungs, signal);
    this.#job = {
      camera: config,
      rungs,
      gopMs: gopMs(config.encode),
      preset: effort.preset,
      profile: x264Profile(config.encode.profile, rungs[0]?.expected ?? ASSUMED_SIZE),
      copyBest: copy.copy,
      hardware,
      sink,
      text,
    };
    host.demand(config.id, this.#jobCores(this.#job));
    const words = this.#words(this.#job, copy);
    this.#say(copy, words);
    return { kind: 'job', job: this.#job, backend: this.#backend, words, shrunk: this.#shrunk(copy.copy) };
  }

  /** Does with less from now on. @returns what, in words; undefined when nothing is left to lower */
  lower(): string | undefined {
    const before = this.#effort;
    const job = this.#job;
    if (before === undefined || job === undefined) return undefined;
    // A hardware encoder has no preset, and a stream that is passed on has no size of ours.
    const range = this.#range(this.#knownSize());
    const mayPreset = range.mayPreset && job.hardware === undefined;
    const maySize = range.maySize && (!job.copyBest || job.rungs.length > 1);
    const after =
      job.copyBest && job.rungs.length === 1
        ? undefined
        : lowerEffort(before, { ...range, mayPreset, maySize });
    if (after === undefined) return undefined;
    this.#effort = after;
    return loweredWords(before, after, range.size);
  }

  /** The source is not what it was: look again. */
  sourceChanged(): void {
    this.#stale = true;
  }

  /** Passing on does not work, whatever it looks like: `problem` in words. */
  copyFailed(problem: string): void {
    this.#copyProblem = problem;
    this.#deps.log.warn({}, `encoded from now on: ${problem}`);
  }

  /** @param nowMs monotonic */
  hardwareFailed(encoder: HardwareEncoder, nowMs: number): void {
    if (this.#deps.host.trust.failed(encoder, nowMs)) {
      this.#deps.log.warn(
        {},
        `hardware encoder ${encoder.name} failed twice within a minute: not used any more`,
      );
    }
  }

  async #look(signal: AbortSignal): Promise<Extract<ProbeResult, { kind: 'failed' }> | undefined> {
    const { config, run, host } = this.#deps;
    const mayCopy = copyExcluded(config) === undefined && this.#copyProblem === undefined;
    const enough = this.#facts !== undefined || (!mayCopy && this.#knownSize() !== undefined);
    if (!this.#stale && enough) return undefined;
    if (!mayCopy && config.encode.rungs !== 'auto') return undefined;
    // A second look must be short: the wall waits. What the keyframes are like then shows while it runs.
    const needGop = mayCopy && this.#facts === undefined;
    const result = await probeSource(run, { ffmpeg: host.ffmpeg, camera: config, needGop, signal });
    if (result.kind === 'failed') return result;
    const { size, codec, pixelFormat, interlaced } = result.facts;
    this.#facts = { ...(this.#facts ?? result.facts), size, codec, pixelFormat, interlaced };
    this.#stale = false;
    return undefined;
  }

  #judgeCopy(): CopyVerdict {
    const { config } = this.#deps;
    const excluded = copyExcluded(config);
    if (excluded !== undefined) return { copy: false, reason: excluded };
    if (this.#copyProblem !== undefined) return { copy: false, reason: this.#copyProblem };
    if (this.#facts === undefined) return { copy: false, reason: 'the source is not known yet' };
    return judgeCopy(config, this.#facts);
  }

  /** Of the best rung, without regard to the host. */
  #knownSize(): Size | undefined {
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

  #firstEffort(): Effort {
    const { preset, profile } = this.#deps.config.encode;
    const size = this.#knownSize() ?? ASSUMED_SIZE;
    return { preset: preset === 'auto' ? startPreset(profile, size) : preset, cap: undefined };
  }

  #range(size: Size | undefined): EffortRange {
    const { preset, rungs, size: fixed } = this.#deps.config.encode;
    return { mayPreset: preset === 'auto', maySize: rungs === 'auto' && fixed === undefined, size };
  }

  /** The effort that the camera's share of the host allows. */
  async #affordable(size: Size | undefined, signal: AbortSignal): Promise<Effort> {
    const { config, host, log } = this.#deps;
    const wanted = this.#firstEffort();
    this.#wanted = wanted;
    host.demand(config.id, this.#coresOf(wanted, size));
    if (!host.tight) return wanted;
    const test = config.source.type === 'test';
    this.#factor = await host.costFactor(size ?? ASSUMED_SIZE, wanted.preset, test, signal);
    host.demand(config.id, this.#coresOf(wanted, size));
    const share = host.share(config.id);
    let effort = wanted;
    // Lower rungs can be left out, so that only the best one has to fit.
    while (this.#coresOf(effort, size) > share) {
      const lower = lowerEffort(effort, this.#range(size));
      if (lower === undefined) break;
      effort = lower;
    }
    if (effort !== wanted) {
      log.warn(
        { share: round(share), needs: round(this.#coresOf(wanted, size)), cores: host.cores },
        `stepped down from the start: ${loweredWords(wanted, effort, size)}; this host has ${share.toFixed(1)} cores for this camera`,
      );
    }
    return effort;
  }

  /** Of the best rung alone, with what it takes to have its pictures. */
  #coresOf(effort: Effort, size: Size | undefined): number {
    const { encode, source } = this.#deps.config;
    const [best] = planLadder(this.#ladderRequest(effort, size, 0));
    const raw = sourceCores(source.type, size ?? ASSUMED_SIZE, encode.fps);
    if (best === undefined) return raw;
    return raw + this.#factor * encodeCores(best.expected, best.fps, effort.preset);
  }

  #jobCores({ rungs, copyBest, preset, hardware, camera }: EncodeJob): number {
    const encoded = copyBest ? rungs.slice(1) : rungs;
    if (encoded.length === 0) return 0;
    const best = rungs[0];
    const size = this.#knownSize() ?? ASSUMED_SIZE;
    const raw = sourceCores(camera.source.type, size, best?.fps ?? this.#deps.config.encode.fps);
    if (hardware !== undefined) return raw;
    return encoded.reduce(
      (sum, { expected, fps }) => sum + this.#factor * encodeCores(expected, fps, preset),
      raw,
    );
  }

  #ladderRequest(
    effort: Effort,
    size: Size | undefined,
    spareCores: number,
  ): Parameters<typeof planLadder>[0] {
    return {
      encode: this.#deps.config.encode,
      source: size,
      cap: effort.cap,
      spareCores,
      coresOf: (rung, fps) => this.#factor * encodeCores(rung, fps, effort.preset),
    };
  }

  #rungs(effort: Effort, size: Size | undefined, copy: boolean): readonly RungPlan[] {
    const { host, config } = this.#deps;
    const best = copy
      ? sourceCores('rtsp', size ?? ASSUMED_SIZE, config.encode.fps)
      : this.#coresOf(effort, size);
    // The best rung comes first: what its camera may take beyond it, and what no camera wants, is for the others.
    const spare = host.share(config.id) - best + host.unwanted;
    if (!copy) return planLadder(this.#ladderRequest(effort, size, spare));
    const [first, ...below] = planLadder(this.#ladderRequest({ ...effort, cap: undefined }, size, spare));
    const { fps, bitrateKbps } = this.#facts ?? {};
    if (first === undefined) return [];
    return [
      { ...first, size: undefined, fps: fps ?? first.fps, bitrateKbps: bitrateKbps ?? first.bitrateKbps },
      ...below.filter(({ expected }) => effort.cap === undefined || pixels(expected) <= pixels(effort.cap)),
    ];
  }

  async #hardware(rungs: readonly RungPlan[], signal: AbortSignal): Promise<HardwareEncoder | undefined> {
    const { hardware, backend, profile } = this.#deps.config.encode;
    if (hardware === 'never' || backend !== 'ffmpeg' || profile === 'plan') return undefined;
    return this.#deps.host.hardware(rungs[0]?.expected ?? ASSUMED_SIZE, signal);
  }

  #shrunk(copy: boolean): string | undefined {
    const { config } = this.#deps;
    const size = this.#knownSize();
    if (copy || this.#effort?.cap === undefined || this.#wanted === undefined || size === undefined)
      return undefined;
    const words = loweredWords({ ...this.#wanted, preset: this.#effort.preset }, this.#effort, size);
    return words === ''
      ? undefined
      : `this host is too slow for ${config.source.type === 'test' ? 'the test picture' : 'this camera'} in full: ${words}`;
  }

  #words(job: EncodeJob, copy: CopyVerdict): string {
    const { config } = this.#deps;
    const rungs = job.rungs.length === 1 ? '' : `, ${job.rungs.length} rungs`;
    const encoder =
      job.hardware?.name ?? `${this.#backend.name === 'gstreamer' ? 'x264enc' : 'libx264'} ${job.preset}`;
    if (job.copyBest)
      return `passed on as it is: ${copy.reason}${job.rungs.length > 1 ? `; smaller rungs by ${encoder}` : ''}`;
    const lowered =
      this.#wanted === undefined || this.#effort === undefined
        ? ''
        : loweredWords(this.#wanted, this.#effort, this.#knownSize());
    return [
      `${encoder}, profile ${config.encode.profile}${rungs}`,
      ...(lowered === '' ? [] : [`stepped down for this host: ${lowered}`]),
      ...(config.source.type === 'rtsp' ? [`not passed on: ${copy.reason}`] : []),
    ].join('; ');
  }

  #say(copy: CopyVerdict, words: string): void {
    if (words === this.#said) return;
    this.#said = words;
    this.#deps.log.info({ copy: copy.copy }, words);
  }
}

const round = (cores: number): number => Math.round(cores * 100) / 100;

const refused = (reason: string): Choice => ({
  kind: 'refused',
  ending: { kind: 'refused', problem: reason },
  reason,
  lines: [],
});
