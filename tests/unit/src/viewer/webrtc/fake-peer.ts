/** A peer connection and elements for WebRTC tiles: the test says when a track comes, a picture is there, it ends. */
import { FakeVideo } from '../player/fake-player.ts';

export class FakePeer extends EventTarget {
  static readonly made: FakePeer[] = [];
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  remote: string | undefined;
  readonly receiver = { jitterBufferTarget: null as number | null };
  kinds: string[] = [];

  constructor() {
    super();
    FakePeer.made.push(this);
  }

  addTransceiver(kind: string, { direction }: { direction: string }) {
    this.kinds.push(`${kind} ${direction}`);
    return { receiver: this.receiver };
  }

  setLocalDescription(): Promise<void> {
    this.localDescription = { sdp: 'the offer' };
    return Promise.resolve();
  }

  setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.remote = sdp;
    return Promise.resolve();
  }

  /** Media begins to come. */
  track(stream: object): void {
    this.dispatchEvent(Object.assign(new Event('track'), { track: {}, streams: [stream] }));
  }

  become(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  close(): void {
    this.connectionState = 'closed';
  }

  get connection(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }
}

/** The element of a tile, and those that are made beside it. */
export class FakeElements extends FakeVideo {
  readonly trials: FakeVideo[] = [];
  #asked: ((now: number, meta: object) => void) | undefined;
  override readonly ownerDocument = {
    createElement: (name: string) => {
      if (name !== 'video') return this.#canvas();
      const trial = new FakeVideo();
      this.trials.push(trial);
      return trial;
    },
  } as FakeVideo['ownerDocument'];

  requestVideoFrameCallback(run: (now: number, meta: object) => void): number {
    this.#asked = run;
    return 1;
  }

  cancelVideoFrameCallback(): void {
    this.#asked = undefined;
  }

  /** A picture is shown. */
  frame(meta: object): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.(0, meta);
  }

  get asked(): boolean {
    return this.#asked !== undefined;
  }

  #canvas() {
    return {
      width: 0,
      height: 0,
      getContext: () => ({ drawImage: () => {} }),
      toDataURL: () => 'data:image/jpeg;base64,last',
    };
  }
}
