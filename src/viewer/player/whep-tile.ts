/**
 * One camera in one video element by WebRTC, as a {@link TilePort}: offer, answer, first picture, and how old the
 * picture is. When to try and when to give up is realtime-choice.ts; push plays in the same element until the first
 * picture is there.
 *
 * Of the port only reading makes sense: WebRTC plays what comes when it comes. It is never sought nor given another
 * rate, it has no buffer, and its programme time is an estimate (see {@link WhepTile.programMs}).
 */
import type { Clock } from '../../shared/ports.ts';
import { lastPicture } from './last-picture.ts';
import type { FrameCount, Located, TilePort } from './tile-port.ts';
import { callWhep, type WhepCall, WhepRefusal, type WhepTarget } from './whep-client.ts';

export interface WhepTileDeps {
  readonly video: HTMLVideoElement;
  readonly camera: string;
  readonly target: WhepTarget;
  readonly fetch: typeof globalThis.fetch;
  readonly createPeer: () => RTCPeerConnection;
  /** The page's performance.now(). */
  readonly clock: Clock;
  readonly relayNowMs: () => number;
  /** A picture is there; the next is to call {@link WhepTile.show}. */
  readonly onPicture: () => void;
  /** `reason` is half a sentence. Nothing more comes. */
  readonly onFailure: (reason: string) => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** Share of a new reading in the age of the picture. */
const AGE_GAIN = 0.2;
/** A capture time that is further from the arrival is of another clock. */
const MAX_TRANSIT_MS = 2_000;

export class WhepTile implements TilePort {
  readonly #deps: WhepTileDeps;
  readonly #abort = new AbortController();
  readonly #undo: (() => void)[] = [];
  /** Plays unseen until the first picture, so that push can keep the real one. */
  #trial: HTMLVideoElement | undefined;
  #peer: RTCPeerConnection | undefined;
  #call: WhepCall | undefined;
  #shown = false;
  /** How old a picture is when it is shown. */
  #ageMs: number | undefined;
  #asked: number | undefined;

  constructor(deps: WhepTileDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#connect();
  }

  /**
   * Takes over the element: the stream replaces what plays in it, whose end is `release`. The last picture stays
   * until the new one is there.
   */
  show(release: () => void): void {
    const { video, log } = this.#deps;
    const stream = this.#trial?.srcObject;
    if (stream === undefined || stream === null) return;
    this.#shown = true;
    const picture = lastPicture(video, log);
    release();
    const cleared = (): void => video.removeAttribute('poster');
    video.addEventListener('playing', cleared);
    this.#undo.push(() => video.removeEventListener('playing', cleared));
    video.srcObject = stream;
    if (picture !== undefined) video.poster = picture;
    this.#play(video);
    this.#endTrial();
  }

  /** Hangs up. The last picture stays as the poster. */
  stop(): void {
    this.#abort.abort();
    const { video, log } = this.#deps;
    for (const undo of this.#undo.splice(0)) undo();
    if (this.#asked !== undefined) video.cancelVideoFrameCallback(this.#asked);
    this.#asked = undefined;
    if (this.#shown) {
      const picture = lastPicture(video, log);
      video.srcObject = null;
      if (picture !== undefined) video.poster = picture;
    }
    this.#shown = false;
    this.#endTrial();
    this.#peer?.close();
    this.#peer = undefined;
    void this.#call?.hangUp();
    this.#call = undefined;
  }

  /** Reads the age of the next picture; call it a few times a second. */
  sample(): void {
    if (!this.#shown || this.#asked !== undefined) return;
    this.#asked = this.#deps.video.requestVideoFrameCallback((_now, meta) => {
      this.#asked = undefined;
      const ageMs = pictureAgeMs(meta);
      if (ageMs === undefined) return;
      this.#ageMs = this.#ageMs === undefined ? ageMs : this.#ageMs + AGE_GAIN * (ageMs - this.#ageMs);
    });
  }

  ready(): boolean {
    return this.#shown && this.#deps.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  positionSec(): number {
    return this.#deps.video.currentTime;
  }

  /**
   * An estimate: the relay's clock less the age of the picture. The age counts from the capture time where the
   * browser can tell it (from the sender's reports; MediaMTX dates pictures by their arrival, as it does in HLS),
   * otherwise from the arrival of the frame here, and then lacks the way through the network.
   */
  programMs(): number | undefined {
    return this.#ageMs === undefined ? undefined : this.#deps.relayNowMs() - this.#ageMs;
  }

  locate(): Located | undefined {
    return undefined;
  }

  bufferAheadMs(): number {
    return 0;
  }

  bufferBehindMs(): number {
    return 0;
  }

  rate(): number {
    return 1;
  }

  setRate(): void {}

  seek(): void {}

  frames(): FrameCount {
    const { totalVideoFrames, droppedVideoFrames } = this.#deps.video.getVideoPlaybackQuality();
    return { total: totalVideoFrames, dropped: droppedVideoFrames };
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const { camera, target, fetch } = this.#deps;
    const { signal } = this.#abort;
    try {
      const peer = this.#createPeer();
      await peer.setLocalDescription();
      const offer = peer.localDescription?.sdp ?? '';
      // Without waiting for candidates of ours: MediaMTX answers whoever knows the password in its answer.
      const call = await callWhep(fetch, { target, camera, offer, signal });
      if (signal.aborted) {
        void call.hangUp();
        return;
      }
      this.#call = call;
      await peer.setRemoteDescription({ type: 'answer', sdp: call.answer });
    } catch (error) {
      if (signal.aborted) return;
      this.#deps.onFailure(error instanceof WhepRefusal ? error.message : `WebRTC failed (${String(error)})`);
    }
  }

  #createPeer(): RTCPeerConnection {
    const peer = this.#deps.createPeer();
    this.#peer = peer;
    const { receiver } = peer.addTransceiver('video', { direction: 'recvonly' });
    // As little as the browser dares: the figures of the wall are one picture, not smoothness.
    receiver.jitterBufferTarget = 0;
    peer.addEventListener('track', ({ track, streams }) => this.#try(streams[0] ?? new MediaStream([track])));
    peer.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'failed' || peer.connectionState === 'closed') {
        this.#deps.onFailure('the WebRTC connection ended');
      }
    });
    return peer;
  }

  #try(stream: MediaStream): void {
    const trial = this.#deps.video.ownerDocument.createElement('video');
    this.#trial = trial;
    trial.muted = true;
    trial.playsInline = true;
    const arrived = (): void => this.#deps.onPicture();
    trial.addEventListener('loadeddata', arrived, { once: true });
    this.#undo.push(() => trial.removeEventListener('loadeddata', arrived));
    trial.srcObject = stream;
    this.#play(trial);
  }

  #endTrial(): void {
    if (this.#trial !== undefined) this.#trial.srcObject = null;
    this.#trial = undefined;
  }

  #play(video: HTMLVideoElement): void {
    video.play().catch((error: unknown) => {
      // A new source replaced the one that was about to play.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      this.#deps.log('real-time video does not play', { error: String(error) });
    });
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
