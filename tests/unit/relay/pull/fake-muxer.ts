/** MediaMTX's HLS side without a MediaMTX: one path whose muxer the test drives part by part. */
import {
  type HttpConnection,
  HttpError,
  type HttpLimits,
  type HttpOrigin,
} from '../../../../relay/pull/http.ts';
import type { Cancel, Timers } from '../../../../src/wire/ports.ts';
import { fragment, initBoxes, join } from '../../../support/boxes.ts';

/** Two samples of the time scale of tests/support/boxes.ts. */
export const PART_MS = 1024 / 15.36;
/** MediaMTX starts its media time here. */
const START_MS = 10_000;
const LISTED_SEGMENTS = 2;

export interface MuxerOptions {
  readonly width?: number;
  readonly partsPerSegment?: number;
  /** Sample entry of the init segment; default H.264. */
  readonly entry?: string;
}

export class FakeMuxer {
  readonly #options: MuxerOptions;
  readonly #prefix: string;
  #count = 0;
  #silent = 0;
  readonly #media = new Map<number, Uint8Array>();

  constructor(prefix: string, options: MuxerOptions = {}) {
    this.#prefix = prefix;
    this.#options = options;
  }

  get #perSegment(): number {
    return this.#options.partsPerSegment ?? 5;
  }

  /** Completes a part; `skippedMs` of media are missing before it. */
  add(skippedMs = 0): void {
    this.#silent += skippedMs;
    const startMs = START_MS + this.#count * PART_MS + this.#silent;
    this.#media.set(this.#count, fragment(startMs, this.#count % this.#perSegment === 0));
    this.#count += 1;
  }

  /** The answer when there is one by now; undefined means wait. */
  answer(url: URL): Uint8Array | string | undefined {
    const name = url.pathname.split('/').at(-1) ?? '';
    const ready = this.#count >= this.#perSegment;
    if (name === 'index.m3u8') return ready ? INDEX : undefined;
    if (name === 'video1_stream.m3u8') return ready && this.#reached(url) ? this.#playlist() : undefined;
    if (name === `${this.#prefix}_init.mp4`) {
      const { ftyp, moov } = initBoxes({
        width: this.#options.width ?? 640,
        entry: this.#options.entry ?? 'avc1',
      });
      return join(ftyp, moov);
    }
    const part = new RegExp(`^${this.#prefix}_part(\\d+)\\.mp4$`).exec(name);
    const index = Number(part?.[1]);
    if (part === null || index < this.#firstListed() || index > this.#count)
      throw new HttpError('status 404');
    return this.#media.get(index);
  }

  #reached(url: URL): boolean {
    const msn = url.searchParams.get('_HLS_msn');
    const part = url.searchParams.get('_HLS_part');
    return msn === null || (Number(msn) - 7) * this.#perSegment + Number(part) < this.#count;
  }

  #firstListed(): number {
    return Math.max(0, Math.floor(this.#count / this.#perSegment) - LISTED_SEGMENTS) * this.#perSegment;
  }

  #playlist(): string {
    const closed = Math.floor(this.#count / this.#perSegment);
    const lines = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:1',
      '#EXT-X-PART-INF:PART-TARGET=0.067',
      '#EXT-X-MEDIA-SEQUENCE:7',
      `#EXT-X-MAP:URI="${this.#prefix}_init.mp4"`,
    ];
    for (let n = 0; n < this.#count; n += 1) {
      if (n >= this.#firstListed()) {
        lines.push(`#EXT-X-PART:DURATION=${(PART_MS / 1000).toFixed(5)},URI="${this.#prefix}_part${n}.mp4"`);
      }
      const segment = Math.floor(n / this.#perSegment);
      if (n % this.#perSegment === this.#perSegment - 1 && segment < closed)
        lines.push('#EXTINF:0.33333,', `seg${segment}.mp4`);
    }
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${this.#prefix}_part${this.#count}.mp4"`);
    return lines.join('\n');
  }
}

const INDEX = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=30\nvideo1_stream.m3u8\n';

interface Waiting {
  readonly url: URL;
  readonly connection: object;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  readonly cancel: Cancel;
}

export class FakeServer {
  muxer: FakeMuxer | undefined;
  /** Path and query of each request. */
  readonly requests: string[] = [];
  readonly origins: HttpOrigin[] = [];
  readonly #timers: Timers;
  #waiting: Waiting[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get waiting(): string[] {
    return this.#waiting.map(({ url }) => url.pathname + url.search);
  }

  readonly connect = (origin: HttpOrigin): HttpConnection => {
    this.origins.push(origin);
    const connection = {
      get: (target: string, limits: HttpLimits) =>
        this.#get(connection, new URL(target, origin.base), limits),
      close: () => this.#fail(new HttpError('closed'), connection),
    };
    return connection;
  };

  /** Answers what can be answered by now. */
  update(): void {
    for (const entry of [...this.#waiting]) this.#serve(entry);
  }

  /** The publisher went: whoever waits gets an error, as from a closed muxer. */
  close(): void {
    this.muxer = undefined;
    this.#fail(new HttpError('status 500'));
  }

  #get(connection: object, url: URL, { timeoutMs }: HttpLimits): Promise<Uint8Array> {
    this.requests.push(url.pathname + url.search);
    return new Promise((resolve, reject) => {
      const late = (): void =>
        this.#fail(new HttpError(`no answer within ${Math.round(timeoutMs)} ms`), connection);
      const cancel = this.#timers.after(timeoutMs, late);
      const entry: Waiting = { url, connection, resolve, reject, cancel };
      this.#waiting.push(entry);
      this.#serve(entry);
    });
  }

  #serve(entry: Waiting): void {
    try {
      if (this.muxer === undefined) throw new HttpError('status 404');
      const body = this.muxer.answer(entry.url);
      if (body === undefined) return;
      this.#done(entry);
      entry.resolve(typeof body === 'string' ? new TextEncoder().encode(body) : body);
    } catch (error) {
      this.#done(entry);
      entry.reject(error);
    }
  }

  #fail(error: HttpError, connection?: object): void {
    const failed = this.#waiting.filter(
      (entry) => connection === undefined || entry.connection === connection,
    );
    for (const entry of failed) {
      this.#done(entry);
      entry.reject(error);
    }
  }

  #done(entry: Waiting): void {
    entry.cancel();
    this.#waiting = this.#waiting.filter((other) => other !== entry);
  }
}
