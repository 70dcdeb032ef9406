/**
 * One WHEP session from the offer to the first decoded picture: it plays unseen until somebody takes its stream. When
 * to open one and when to give it up is for others; so is the element of the tile.
 */
import { text } from '../../texts/text.ts';
import { callWhep, type WhepCall, WhepRefusal, type WhepTarget } from './whep-client.ts';

export interface WhepSessionDeps {
  /** Where the unseen element is made. */
  readonly document: Pick<Document, 'createElement'>;
  readonly camera: string;
  /** Undefined: the relay sends the best one. */
  readonly rung: string | undefined;
  readonly target: WhepTarget;
  readonly fetch: typeof globalThis.fetch;
  readonly createPeer: () => RTCPeerConnection;
  /** Whether the browser can play H.264 by WebRTC at this moment. */
  readonly receivesH264: () => boolean;
  /** A picture is decoded; the stream can be taken. */
  readonly onPicture: () => void;
  /** `reason` is half a sentence. Nothing good comes any more. */
  readonly onFailure: (reason: string) => void;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

export class WhepSession {
  readonly #deps: WhepSessionDeps;
  readonly #abort = new AbortController();
  /** Plays unseen until the first picture, so that what is shown can stay. */
  #trial: HTMLVideoElement | undefined;
  #peer: RTCPeerConnection | undefined;
  #call: WhepCall | undefined;

  constructor(deps: WhepSessionDeps) {
    this.#deps = deps;
  }

  get rung(): string | undefined {
    return this.#deps.rung;
  }

  start(): void {
    void this.#connect();
  }

  /** The stream, to be played elsewhere from now on; undefined before it comes, and once it is taken. */
  takeStream(): MediaProvider | undefined {
    const stream = this.#trial?.srcObject ?? undefined;
    this.#endTrial();
    return stream;
  }

  /** Hangs up. */
  stop(): void {
    this.#abort.abort();
    this.#endTrial();
    this.#peer?.close();
    this.#peer = undefined;
    void this.#call?.hangUp();
    this.#call = undefined;
  }

  /** Never rejects. */
  async #connect(): Promise<void> {
    const { camera, rung, target, fetch, receivesH264 } = this.#deps;
    const { signal } = this.#abort;
    try {
      if (!receivesH264()) throw new WhepRefusal(text('realtimeNoH264'));
      const peer = this.#createPeer();
      await peer.setLocalDescription();
      const offer = peer.localDescription?.sdp ?? '';
      // Without waiting for candidates of ours: MediaMTX answers whoever knows the password in its answer.
      const call = await callWhep(fetch, { target, camera, rung, offer, signal });
      if (signal.aborted) {
        void call.hangUp();
        return;
      }
      this.#call = call;
      await peer.setRemoteDescription({ type: 'answer', sdp: call.answer });
    } catch (error) {
      this.#fail(error instanceof WhepRefusal ? error.message : text('realtimeFailed', String(error)));
    }
  }

  #fail(reason: string): void {
    if (!this.#abort.signal.aborted) this.#deps.onFailure(reason);
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
        this.#fail(text('realtimeEnded'));
      }
    });
    return peer;
  }

  #try(stream: MediaStream): void {
    const trial = this.#deps.document.createElement('video');
    this.#trial = trial;
    trial.muted = true;
    trial.playsInline = true;
    const arrived = (): void => {
      if (this.#trial === trial) this.#deps.onPicture();
    };
    trial.addEventListener('loadeddata', arrived, { once: true });
    trial.srcObject = stream;
    playStream(trial, this.#deps.log);
  }

  #endTrial(): void {
    if (this.#trial !== undefined) this.#trial.srcObject = null;
    this.#trial = undefined;
  }
}

export function playStream(video: HTMLVideoElement, log: WhepSessionDeps['log']): void {
  video.play().catch((error: unknown) => {
    // A new source replaced the one that was about to play.
    if (error instanceof DOMException && error.name === 'AbortError') return;
    log('real-time video does not play', { error: String(error) });
  });
}
