/**
 * One camera in one video element by WebRTC: takes over the element, goes over to another rung while it plays, and
 * tells how old the picture is. When to try and when to give up is attempt-pace.ts; push plays
 * in the same element until the first picture is there.
 *
 * A change of rung makes before it breaks: a second session plays unseen until its first picture is decoded, then
 * takes the element, and only then the first one hangs up.
 *
 * It plays what comes when it comes: there is nothing to seek, to speed up or to buffer.
 */
import type { Clock } from '../../wire/ports.ts';
import { FrameTotal } from '../player/frame-total.ts';
import { dropPoster, lastPicture } from '../player/last-picture.ts';
import type { FrameCount } from '../player/tile-port.ts';
import { AttemptPace } from './attempt-pace.ts';
import { playStream, WhepSession, type WhepSessionDeps } from './whep-session.ts';

export interface WhepTileDeps extends Omit<WhepSessionDeps, 'document'> {
  readonly video: HTMLVideoElement;
  /** The page's performance.now(). */
  readonly clock: Clock;
  readonly relayNowMs: () => number;
  /** A picture is there; the next is to call {@link WhepTile.show}. */
  readonly onPicture: () => void;
}

/** Share of a new reading in the age of the picture. */
const AGE_GAIN = 0.2;
/** A capture time that is further from the arrival is of another clock. */
const MAX_TRANSIT_MS = 2_000;

export class WhepTile {
  readonly #deps: WhepTileDeps;
  readonly #frames: FrameTotal;
  readonly #cleared = (): void => dropPoster(this.#deps.video);
  #session: WhepSession;
  /** The session of another rung, before its first picture. */
  #next: WhepSession | undefined;
  #nextFailure: string | undefined;
  #wanted: string | undefined;
  /** The same patience and the same pauses as for the first session. */
  #attempts = new AttemptPace();
  #shown = false;
  /** How old a picture is when it is shown. */
  #ageMs: number | undefined;
  #asked: number | undefined;

  constructor(deps: WhepTileDeps) {
    this.#deps = deps;
    this.#frames = new FrameTotal(deps.video);
    this.#wanted = deps.rung;
    this.#session = new WhepSession({ ...deps, document: deps.video.ownerDocument });
  }

  /** The rung that plays; undefined while the relay chooses. */
  get rung(): string | undefined {
    return this.#session.rung;
  }

  /** The rung that plays, or that is to. */
  get wantedRung(): string | undefined {
    return this.#wanted;
  }

  start(): void {
    this.#session.start();
  }

  /**
   * Takes over the element: the stream replaces what plays in it, whose end is `release`. The last picture stays
   * until the new one is there.
   */
  show(release: () => void): void {
    if (this.#shown) return;
    this.#shown = true;
    this.#deps.video.addEventListener('playing', this.#cleared);
    this.#put(this.#session, release);
  }

  /** Goes over to this rung as soon as it has a picture. What plays goes on meanwhile, and when there is none. */
  setRung(rung: string): void {
    if (rung === this.#wanted) return;
    this.#dropNext();
    this.#wanted = rung;
    this.#attempts = new AttemptPace();
  }

  /** Hangs up. The last picture stays as the poster. */
  stop(): void {
    const { video, log } = this.#deps;
    this.#dropNext();
    video.removeEventListener('playing', this.#cleared);
    if (this.#asked !== undefined) video.cancelVideoFrameCallback(this.#asked);
    this.#asked = undefined;
    if (this.#shown) {
      const picture = lastPicture(video, log);
      video.srcObject = null;
      if (picture !== undefined) video.poster = picture;
    }
    this.#shown = false;
    this.#session.stop();
  }

  /** Reads the age of the next picture and drives a change of rung; call it a few times a second. */
  step(hidden: boolean): void {
    if (!this.#shown) return;
    this.#sample();
    const action = this.#attempts.step({
      nowMs: this.#deps.clock.now(),
      // A hidden page shows no first picture.
      wanted: !hidden && this.#wanted !== undefined && this.#wanted !== this.rung,
      hidden,
      frames: 0,
      failure: this.#nextFailure,
    });
    if (action?.do === 'start') this.#tryNext();
    else if (action?.do === 'stop') {
      this.#log('the rung stays', { rung: this.rung, wanted: this.#wanted, reason: action.reason });
      this.#dropNext();
    }
  }

  /**
   * An estimate: the relay's clock less the age of the picture. The age counts from the capture time where the
   * browser can tell it (from the sender's reports; MediaMTX dates pictures by their arrival, as it does in HLS),
   * otherwise from the arrival of the frame here, and then lacks the way through the network.
   */
  programMs(): number | undefined {
    return this.#ageMs === undefined ? undefined : this.#deps.relayNowMs() - this.#ageMs;
  }

  frames(): FrameCount {
    return this.#frames.read();
  }

  #tryNext(): void {
    const next: WhepSession = new WhepSession({
      ...this.#deps,
      document: this.#deps.video.ownerDocument,
      rung: this.#wanted,
      onPicture: () => {
        if (this.#next === next) this.#goOver(next);
      },
      onFailure: (reason) => {
        if (this.#next === next) this.#nextFailure = reason;
        else if (this.#session === next) this.#deps.onFailure(reason);
      },
    });
    this.#next = next;
    next.start();
  }

  #goOver(next: WhepSession): void {
    const old = this.#session;
    this.#log('changed the rung', { from: old.rung, to: next.rung });
    this.#next = undefined;
    this.#session = next;
    this.#attempts = new AttemptPace();
    this.#put(next, () => old.stop());
  }

  #dropNext(): void {
    this.#next?.stop();
    this.#next = undefined;
    this.#nextFailure = undefined;
  }

  /** The session's stream into the element, under the last picture of what `release` ends. */
  #put(session: WhepSession, release: () => void): void {
    const { video, log } = this.#deps;
    const stream = session.takeStream();
    if (stream === undefined) return;
    const picture = lastPicture(video, log);
    this.#frames.newSource();
    release();
    video.srcObject = stream;
    if (picture !== undefined) video.poster = picture;
    playStream(video, log);
  }

  #sample(): void {
    if (this.#asked !== undefined) return;
    this.#asked = this.#deps.video.requestVideoFrameCallback((_now, meta) => {
      this.#asked = undefined;
      const ageMs = pictureAgeMs(meta);
      if (ageMs === undefined) return;
      this.#ageMs = this.#ageMs === undefined ? ageMs : this.#ageMs + AGE_GAIN * (ageMs - this.#ageMs);
    });
  }

  #log(message: string, fields: Record<string, unknown>): void {
    this.#deps.log(message, { camera: this.#deps.camera, ...fields });
  }
}

/** From capture, or failing that from arrival, to the screen. */
function pictureAgeMs({
  captureTime,
  receiveTime,
  expectedDisplayTime,
}: VideoFrameCallbackMetadata): number | undefined {
  if (receiveTime === undefined) return undefined;
  const transitMs = captureTime === undefined ? 0 : receiveTime - captureTime;
  const known = transitMs >= 0 && transitMs <= MAX_TRANSIT_MS ? transitMs : 0;
  return expectedDisplayTime - receiveTime + known;
}
