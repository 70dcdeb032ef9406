/**
 * What this browser can play, asked once for each codec, profile, level and size. Pure but for the two questions.
 *
 * `MediaSource.isTypeSupported` answers at once whether at all; `decodingInfo` answers later whether also smoothly.
 * Until then, and in a browser without it, smooth is taken for granted: that is so for the sizes that cameras have on
 * anything that shows a wall, and a tile would otherwise begin with one rung and go over to another at once.
 */

/** As much as is known of what is to be played. */
export interface Playable {
  /** RFC 6381; without it nothing can be asked, and everything is taken for granted. */
  readonly codecs?: string | undefined;
  readonly width?: number | undefined;
  readonly height: number;
  /** Pictures per second. */
  readonly fps?: number | undefined;
  readonly bitrateKbps?: number | undefined;
}

export interface Playability {
  readonly supported: boolean;
  /** Without dropping pictures, as far as the browser knows from earlier. */
  readonly smooth: boolean;
  /** As a rule: decoded by hardware. */
  readonly powerEfficient: boolean;
}

export interface PlayabilityDeps {
  readonly isTypeSupported: (contentType: string) => boolean;
  /** Absent where the browser has none. */
  readonly decodingInfo?: (question: MediaDecodingConfiguration) => Promise<Playability>;
}

/** What is asked for where the relay does not know the figure yet. */
const TYPICAL = { fps: 25, bitrateKbps: 2_000 };
/** Pictures per second are rounded up to these: a measured 24.97 is no new question. */
const FPS_STEP = 5;
/** Rather begin with what the camera sends and go over to less in a moment, than wake an encoder for nothing. */
const EXPECTED: Playability = { supported: true, smooth: true, powerEfficient: true };
const GRANTED: Playability = { supported: true, smooth: true, powerEfficient: false };
const NEVER: Playability = { supported: false, smooth: false, powerEfficient: false };

export class Playabilities {
  readonly #deps: PlayabilityDeps;
  readonly #known = new Map<string, Playability>();

  constructor(deps: PlayabilityDeps) {
    this.#deps = deps;
  }

  /** What is known now; asks the browser the first time. */
  of({ codecs, width, height, fps, bitrateKbps }: Playable): Playability {
    if (codecs === undefined || codecs === '') return GRANTED;
    const framerate = Math.max(1, Math.ceil((fps || TYPICAL.fps) / FPS_STEP)) * FPS_STEP;
    const key = `${codecs} ${width}x${height}@${framerate}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const contentType = `video/mp4; codecs="${codecs}"`;
    const supported = this.#deps.isTypeSupported(contentType);
    const { decodingInfo } = this.#deps;
    const asks = supported && decodingInfo !== undefined && width !== undefined && width > 0 && height > 0;
    const first = asks ? EXPECTED : supported ? GRANTED : NEVER;
    this.#known.set(key, first);
    if (!asks) return first;
    const bitrate = (bitrateKbps || TYPICAL.bitrateKbps) * 1000;
    const question = { contentType, width, height, framerate, bitrate };
    decodingInfo({ type: 'media-source', video: question }).then(
      ({ supported: plays, smooth, powerEfficient }) => {
        this.#known.set(key, { supported: plays, smooth: plays && smooth, powerEfficient });
      },
      // A question that this browser does not understand: what isTypeSupported said stands.
      () => this.#known.set(key, GRANTED),
    );
    return first;
  }
}

/** The browser's own answers. In Firefox and in Chromium from 120 on both are there; neither is taken for granted. */
export function browserPlayabilities(page: {
  readonly MediaSource?: Pick<typeof MediaSource, 'isTypeSupported'>;
  readonly navigator: { readonly mediaCapabilities?: Pick<MediaCapabilities, 'decodingInfo'> };
}): Playabilities {
  const { mediaCapabilities } = page.navigator;
  return new Playabilities({
    isTypeSupported: (contentType) => page.MediaSource?.isTypeSupported(contentType) ?? true,
    ...(mediaCapabilities === undefined
      ? {}
      : { decodingInfo: (question) => mediaCapabilities.decodingInfo(question) }),
  });
}
