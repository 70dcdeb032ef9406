/** Stand-ins for hls.js and a video element: what the tile does to them is recorded, what they say is up to the test. */
import { EventEmitter } from 'node:events';

export class FakeHls {
  static readonly Events = {
    BUFFER_APPENDED: 'hlsBufferAppended',
    BUFFER_FLUSHED: 'hlsBufferFlushed',
    ERROR: 'hlsError',
  };
  static readonly made: FakeHls[] = [];
  readonly config: Record<string, unknown>;
  readonly calls: string[] = [];
  latestLevelDetails: unknown = null;
  readonly #events = new EventEmitter();

  constructor(config: Record<string, unknown>) {
    this.config = config;
    FakeHls.made.push(this);
  }

  /** The newest one. */
  static get last(): FakeHls {
    const hls = FakeHls.made.at(-1);
    if (hls === undefined) throw new Error('no player was made');
    return hls;
  }

  on(event: string, listener: (event: string, data: unknown) => void): void {
    this.#events.on(event, listener);
  }

  say(event: string, data: unknown): void {
    this.#events.emit(event, event, data);
  }

  /**
   * A piece of this segment is buffered, whose first picture is decoded at this position.
   * @param endPTS where its media end by now
   * @param handedOverMs when the loader had given it to the player
   */
  appended(
    sn: number | string,
    startDTS: number,
    endPTS = startDTS + 1,
    handedOverMs = Number.POSITIVE_INFINITY,
  ): void {
    const frag = { type: 'main', sn, elementaryStreams: { video: { startDTS, endPTS } } };
    const chunkMeta = { transmuxing: { start: handedOverMs } };
    this.say(FakeHls.Events.BUFFER_APPENDED, { frag, chunkMeta });
  }

  loadSource(): void {
    this.calls.push('loadSource');
  }

  attachMedia(): void {
    this.calls.push('attachMedia');
  }

  stopLoad(): void {
    this.calls.push('stopLoad');
  }

  startLoad(): void {
    this.calls.push('startLoad');
  }

  destroy(): void {
    this.calls.push('destroy');
  }
}

/** As much of a video element as the tile uses. */
export class FakeVideo extends EventTarget {
  muted = false;
  paused = false;
  seeking = false;
  readyState = 4;
  currentTime = 0;
  playbackRate = 1;
  videoWidth = 640;
  videoHeight = 360;
  clientHeight = 360;
  poster = '';
  srcObject: object | null = null;
  plays = 0;
  total = 0;
  dropped = 0;
  preservesPitch = true;
  ranges: [number, number][] = [];
  readonly #resized = new Set<() => void>();
  readonly ownerDocument = {
    defaultView: { devicePixelRatio: 1, ResizeObserver: resizeObserver(this.#resized) },
    createElement: () => ({
      width: 0,
      height: 0,
      getContext: () => ({ drawImage: () => {} }),
      toDataURL: () => 'data:image/jpeg;base64,last',
    }),
  };

  get buffered() {
    const { ranges } = this;
    return {
      length: ranges.length,
      start: (i: number) => ranges[i]?.[0] ?? Number.NaN,
      end: (i: number) => ranges[i]?.[1] ?? Number.NaN,
    };
  }

  resize(clientHeight: number): void {
    this.clientHeight = clientHeight;
    for (const listener of [...this.#resized]) listener();
  }

  play(): Promise<void> {
    this.plays += 1;
    this.paused = false;
    return Promise.resolve();
  }

  getVideoPlaybackQuality() {
    return { totalVideoFrames: this.total, droppedVideoFrames: this.dropped };
  }

  removeAttribute(name: string): void {
    if (name === 'poster') this.poster = '';
  }

  /** The same object as the type that the tile asks for. */
  get element(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }
}

function resizeObserver(listeners: Set<() => void>) {
  return class {
    readonly #listener: () => void;

    constructor(listener: () => void) {
      this.#listener = listener;
    }

    observe(): void {
      listeners.add(this.#listener);
    }

    disconnect(): void {
      listeners.delete(this.#listener);
    }
  };
}
