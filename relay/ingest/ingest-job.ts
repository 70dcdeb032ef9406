/**
 * Decides what a stream's next process is to do: pass it on as it comes, or encode it, how hard and by which encoder.
 * Running it is ingest.ts.
 */
import type { CostModel } from '../capacity/cost.ts';
import type { KnownStream } from '../capacity/known-streams.ts';
import type { CameraConfig } from '../config/schema.ts';
import { type Preset, pixels, type Size, shrinkTo, sizeText } from '../source/sizes.ts';
import type { EncodeJob, EncoderBackend, EncoderPlan } from '../transcode/backend.ts';
import type { EncoderHost } from '../transcode/encoder-host.ts';
import { createFfmpegBackend } from '../transcode/ffmpeg-backend.ts';
import { createGstreamerBackend, gstreamerElements } from '../transcode/gstreamer-backend.ts';
import type { HardwareEncoder } from '../transcode/hardware.ts';
import { gopMs, startPreset, x264Profile } from '../transcode/profiles.ts';
import type { RungPlan } from '../transcode/rung.ts';

export interface IngestStream {
  readonly camera: EncodeJob['camera'];
  /** The camera's own, which is passed on; else it is encoded here. */
  readonly own: boolean;
  /** What is encoded where it cannot be passed on. */
  readonly picture: RungPlan;
}

export interface IngestTask {
  readonly kind: 'task';
  readonly plan: EncoderPlan;
  /** Passed on as it comes. */
  readonly passed: boolean;
  /** It is held to come in the order in which it is shown, as long as it has this header. */
  readonly knownHeader: string | undefined;
  readonly hardware: HardwareEncoder | undefined;
  /** What it does, in words. */
  readonly words: string;
  /** The pictures are less than was asked for, because this host is too slow: how, in words. */
  readonly less: string | undefined;
}

export type IngestChoice = IngestTask | { readonly kind: 'refused'; readonly problem: string };

export interface IngestJobsDeps {
  readonly config: CameraConfig;
  readonly stream: IngestStream;
  readonly host: EncoderHost;
  readonly model: CostModel;
  readonly known: KnownStream;
  /** Where its pictures are published beside the pipe; undefined: nowhere. */
  readonly publishUrl: string | undefined;
}

/** What one stream may take of the host's cores: the rest is for the other cameras and for a viewer on this host. */
const SHARE = 0.35;
/** A picture that is too slow by less than this is helped by the quickest preset alone. */
const MAY_DO_WITH_PRESET = 0.7;
/** A step leaves some room, else the next one follows at once. */
const RESERVE = 0.85;
/** Tried in this order where the whole picture is too much for the host. */
const SMALLER: readonly Size[] = [
  { width: 2560, height: 1440 },
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 960, height: 540 },
  { width: 640, height: 360 },
];

export class IngestJobs {
  readonly #deps: IngestJobsDeps;
  /** It turned out to be too slow: a picture of so many pixels at most, at the quickest preset. */
  #most: number | undefined;
  /** Why a stream of the camera's own is not passed on. */
  #unfit: string | undefined;

  constructor(deps: IngestJobsDeps) {
    this.#deps = deps;
  }

  get passes(): boolean {
    return this.#deps.stream.own && this.#unfit === undefined;
  }

  /** It cannot be passed on, as it turned out: `problem` is half a sentence. */
  unfit(problem: string): void {
    this.#unfit = problem;
  }

  /** @param header of a stream whose pictures are seen to come in their order; undefined: that is not so, or not known */
  learn(header: string | undefined): void {
    this.#deps.known.learn(header);
  }

  /**
   * Does with less from now on, in one step.
   * @param speed share of the pictures that came in time
   * @returns what, in words; undefined when nothing is left to lower
   */
  lower(speed: number): string | undefined {
    const { picture } = this.affordable;
    const { encode } = this.#deps.config;
    if (this.#most === undefined && encode.preset === 'auto' && speed > MAY_DO_WITH_PRESET) {
      this.#most = pixels(picture.expected);
      return 'preset ultrafast';
    }
    if (!this.#mayShrink) return undefined;
    const most = Math.min(this.#most ?? Number.POSITIVE_INFINITY, pixels(picture.expected)) * speed * RESERVE;
    const size = SMALLER.find((candidate) => pixels(candidate) <= most);
    if (size === undefined) return undefined;
    this.#most = pixels(size);
    return sizeText(shrinkTo(picture.expected, size));
  }

  /**
   * @param text write name and time into the test picture
   * @throws CameraUrlError when the camera's address cannot be used; DOMException when `signal` ended it
   */
  async next(text: boolean, signal: AbortSignal): Promise<IngestChoice> {
    const { config, stream, host, publishUrl } = this.#deps;
    const { encode } = config;
    const backend: EncoderBackend =
      encode.backend === 'gstreamer' && !this.passes
        ? createGstreamerBackend(host.ffmpeg)
        : createFfmpegBackend(host.ffmpeg);
    const lacking =
      backend.name === 'gstreamer'
        ? await host.missingGstreamer(gstreamerElements(stream.camera))
        : undefined;
    if (lacking !== undefined) return { kind: 'refused', problem: lacking };
    const { picture, less } = this.passes ? { picture: stream.picture, less: undefined } : this.affordable;
    const preset = this.#preset(picture.expected);
    const hardware = this.passes ? undefined : await this.#hardware(picture, signal);
    const knownHeader = this.passes ? this.#deps.known.header : undefined;
    const job: EncodeJob = {
      camera: this.#mayShrink ? drawnAt(stream.camera, picture.expected) : stream.camera,
      rung: picture,
      gopMs: gopMs(encode),
      preset,
      profile: x264Profile(encode.profile, picture.expected),
      pass: this.passes,
      inOrder: knownHeader !== undefined,
      hardware,
      publishUrl,
      text,
    };
    const words = this.#words(picture, preset, hardware);
    return { kind: 'task', plan: backend.plan(job), passed: this.passes, knownHeader, hardware, words, less };
  }

  #preset(size: Size): Preset {
    const { preset, profile } = this.#deps.config.encode;
    if (preset !== 'auto') return preset;
    return this.#most === undefined ? startPreset(profile, size) : 'ultrafast';
  }

  /** The picture that this host is likely to encode in time, known before it is tried. */
  get affordable(): { picture: RungPlan; less: string | undefined } {
    const { stream, host, model } = this.#deps;
    const { picture } = stream;
    const { fps, expected } = picture;
    const drawn = stream.camera.source.type === 'test';
    const coresOf = (size: Size): number =>
      model.estimate({
        // What is drawn here is drawn in the size that is encoded.
        source: { codec: drawn ? 'test' : 'h264', size: drawn ? size : expected, fps, gopMs: undefined },
        pictures: 'all',
        rungs: [{ id: picture.id, size, fps, preset: this.#preset(size) }],
      }).cores;
    const room = SHARE * host.cores;
    const most = this.#most ?? Number.POSITIVE_INFINITY;
    const fits = (size: Size): boolean => coresOf(size) <= room && pixels(size) <= most;
    if (!this.#mayShrink || fits(picture.expected)) return { picture, less: undefined };
    const sizes = SMALLER.map((box) => shrinkTo(picture.expected, box)).filter(
      (size) => pixels(size) < pixels(picture.expected),
    );
    const size = sizes.find(fits) ?? sizes.at(-1);
    if (size === undefined) return { picture, less: undefined };
    return {
      picture: { ...picture, size, expected: size },
      less: `this host encodes ${sizeText(size)} of it in time, not ${sizeText(picture.expected)} (that would take about ${coresOf(picture.expected).toFixed(1)} of its ${host.cores} cores)`,
    };
  }

  /** The configuration names no size. */
  get #mayShrink(): boolean {
    const { rungs, size } = this.#deps.config.encode;
    return rungs === 'auto' && size === undefined;
  }

  async #hardware({ expected }: RungPlan, signal: AbortSignal): Promise<HardwareEncoder | undefined> {
    const { config, host } = this.#deps;
    if (config.encode.hardware === 'never' || config.encode.backend !== 'ffmpeg') return undefined;
    return host.hardware(expected, signal);
  }

  #words({ expected, fps }: RungPlan, preset: Preset, hardware: HardwareEncoder | undefined): string {
    if (this.passes) return 'passed on as the camera sends it';
    const { profile } = this.#deps.config.encode;
    const by = hardware === undefined ? `x264, preset ${preset}, profile ${profile}` : hardware.name;
    const because = this.#unfit === undefined ? '' : `: ${this.#unfit}`;
    return `encoded here (${sizeText(expected)}, ${fps} fps, ${by})${because}`;
  }
}

/** A test picture is drawn as large as it is encoded, not larger. */
function drawnAt(camera: IngestStream['camera'], size: Size): IngestStream['camera'] {
  const { source } = camera;
  return source.type === 'test' ? { ...camera, source: { ...source, size: sizeText(size) } } : camera;
}
