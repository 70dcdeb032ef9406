/**
 * Decides for one camera what its next encoder process is to do: pass the stream on or encode it, with which rungs,
 * how hard, by which encoder. What is known of the source is source-knowledge.ts, what the host allows
 * camera-effort.ts; running the job is relay/camera.
 */
import type { CameraConfig } from '../config/schema.ts';
import type { Ending } from '../process/ending.ts';
import type { Logger } from '../process/logger.ts';
import type { ShortRunDeps } from '../process/short-run.ts';
import type { CopyVerdict } from '../source/copy-policy.ts';
import { ASSUMED_SIZE } from '../source/sizes.ts';
import { SourceKnowledge } from '../source/source-knowledge.ts';
import type { EncodeJob, EncoderBackend, Sink } from './backend.ts';
import { CameraEffort } from './camera-effort.ts';
import type { EncoderHost } from './encoder-host.ts';
import { createFfmpegBackend } from './ffmpeg-backend.ts';
import { createGstreamerBackend, gstreamerElements } from './gstreamer-backend.ts';
import type { HardwareEncoder } from './hardware.ts';
import type { RungPlan } from './ladder.ts';
import { gopMs, x264Profile } from './profiles.ts';

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
      /** The pictures are less than was asked for, because the host is too slow: how, in words. */
      readonly less: string | undefined;
    }
  /** It cannot be run now. `reason` is half a sentence for users. */
  | {
      readonly kind: 'refused';
      readonly ending: Ending;
      readonly reason: string;
      readonly lines: readonly string[];
    };

/** A camera that was seen to send fewer may do so only while it is dark. */
const SURE_FPS = 20;
/** The rate was measured over a second or two. */
const FPS_TOLERANCE = 0.1;

export class JobChooser {
  readonly #deps: JobChooserDeps;
  readonly #backend: EncoderBackend;
  readonly #source: SourceKnowledge;
  readonly #effort: CameraEffort;
  #job: EncodeJob | undefined;
  #said: string | undefined;

  constructor(deps: JobChooserDeps) {
    this.#deps = deps;
    const { host, config } = deps;
    const { ffmpeg } = host;
    this.#backend =
      config.encode.backend === 'gstreamer' ? createGstreamerBackend(ffmpeg) : createFfmpegBackend(ffmpeg);
    this.#source = new SourceKnowledge({ ...deps, ffmpeg });
    this.#effort = new CameraEffort(deps);
    this.#effort.announce(this.#source.size);
  }

  /** Cores that the camera takes by estimate. */
  get cores(): number {
    return this.#job === undefined ? 0 : this.#effort.cores(this.#job, this.#source.size);
  }

  /** @throws CameraUrlError when the camera's address cannot be used; DOMException when `signal` ended it */
  async choose(sink: Sink, text: boolean, signal: AbortSignal): Promise<Choice> {
    const { config, host } = this.#deps;
    const failed = await this.#source.look(signal);
    if (failed !== undefined) return { ...failed, kind: 'refused' };
    const lacking =
      this.#backend.name === 'gstreamer' ? await host.missingGstreamer(gstreamerElements(config)) : undefined;
    if (lacking !== undefined) return refused(lacking);
    const verdict = this.#source.judgeCopy();
    const { copy } = verdict;
    const { size } = this.#source;
    const effort = await this.#effort.choose({ size, copy }, signal);
    const rungs = this.#withOwnFigures(this.#effort.rungs(effort, { size, copy }), copy);
    const hardware = copy && rungs.length === 1 ? undefined : await this.#hardware(rungs, signal);
    const job: EncodeJob = {
      camera: config,
      rungs,
      gopMs: gopMs(config.encode),
      preset: effort.preset,
      profile: x264Profile(config.encode.profile, rungs[0]?.expected ?? ASSUMED_SIZE),
      copyBest: copy,
      hardware,
      sink,
      text,
    };
    this.#job = job;
    host.demand(config.id, this.cores);
    const words = this.#words(job, verdict);
    this.#say(words, copy);
    return {
      kind: 'job',
      job,
      backend: this.#backend,
      words,
      less: copy ? undefined : this.#effort.noticed(size),
    };
  }

  /** Does with less from now on. @returns what, in words; undefined when nothing is left to lower */
  lower(): string | undefined {
    return this.#job === undefined ? undefined : this.#effort.lower(this.#job, this.#source.size);
  }

  /** The source is not what it was: look again. */
  sourceChanged(): void {
    this.#source.changed();
  }

  /** Passing on does not work, whatever it looks like: `problem` in words. */
  copyFailed(problem: string): void {
    this.#source.copyFailed(problem);
    this.#effort.reset();
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

  /**
   * A stream that is passed on has the rate that the camera gives it, and what is made of it no more pictures than
   * that: others would be the same picture twice.
   */
  #withOwnFigures(rungs: readonly RungPlan[], copy: boolean): readonly RungPlan[] {
    const [best, ...below] = rungs;
    if (!copy || best === undefined) return rungs;
    const { fps = best.fps, bitrateKbps = best.bitrateKbps } = this.#source.facts ?? {};
    const enoughFps = fps < SURE_FPS ? best.fps : Math.ceil(fps - FPS_TOLERANCE);
    return [
      { ...best, size: undefined, fps, bitrateKbps },
      ...below.map((rung) => ({ ...rung, fps: Math.min(rung.fps, enoughFps) })),
    ];
  }

  async #hardware(rungs: readonly RungPlan[], signal: AbortSignal): Promise<HardwareEncoder | undefined> {
    const { hardware, profile } = this.#deps.config.encode;
    if (hardware === 'never' || this.#backend.name !== 'ffmpeg' || profile === 'plan') return undefined;
    return this.#deps.host.hardware(rungs[0]?.expected ?? ASSUMED_SIZE, signal);
  }

  #words({ rungs, hardware, preset, copyBest }: EncodeJob, { reason }: CopyVerdict): string {
    const { profile } = this.#deps.config.encode;
    const x264 = this.#backend.name === 'gstreamer' ? 'x264enc' : 'libx264';
    const encoder = hardware?.name ?? `${x264} ${preset}`;
    if (copyBest) {
      return `passed on as it is: ${reason}${rungs.length > 1 ? `; smaller rungs by ${encoder}` : ''}`;
    }
    const lowered = this.#effort.lowered(this.#source.size);
    return [
      `${encoder}, profile ${profile}${rungs.length > 1 ? `, ${rungs.length} rungs` : ''}`,
      ...(lowered === '' ? [] : [`stepped down for this host: ${lowered}`]),
      ...(this.#deps.config.source.type === 'rtsp' ? [`not passed on: ${reason}`] : []),
    ].join('; ');
  }

  #say(words: string, copy: boolean): void {
    if (words === this.#said) return;
    this.#said = words;
    this.#deps.log.info({ copy }, words);
  }
}

const refused = (reason: string): Choice => ({
  kind: 'refused',
  ending: { kind: 'refused', problem: reason },
  reason,
  lines: [],
});
