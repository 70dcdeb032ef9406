/**
 * Runs in a web page: the wall's player with hls.js as it is shipped, on cameras that the page itself plays into its
 * mirror. Each function of `cases` is one thing that happens to a stream, and tells what was seen of it;
 * tests/browser/streamed.test.ts judges. Frame N of every stream has the grey N mod {@link GREYS}, so that a picture says
 * when it was taken, whatever the player makes of its date.
 */
import { HlsTile } from '../../src/viewer/hls/hls-tile.ts';
import { Mirror } from '../../src/viewer/push/mirror.ts';
import type { PartHeader } from '../../src/wire/media-frames.ts';

export interface StreamMedia {
  /** Base64, as all media here. */
  readonly init: string;
  readonly parts: readonly {
    readonly data: string;
    readonly startMs: number;
    readonly durationMs: number;
    readonly keyframe: boolean;
  }[];
}

export interface StreamedMedia {
  readonly streams: Readonly<Record<string, StreamMedia>>;
  /** Text of the worker that hls.js ships. */
  readonly worker: string;
}

export const GREYS = 18;
export const FPS = 30;
/** Steps of the grey from one frame to the next, as drawn, in 8 bits of luma. */
export const GREY_STEP = 12;
const FRAME_MS = 1000 / FPS;
/** A tenth of a second above the target of most cases. */
const DUE_MS = 400;
const BASE_MS = 1_700_000_000_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

let media: StreamedMedia;
let workerUrl = '';

interface Shown {
  readonly atMs: number;
  readonly positionSec: number;
  /** Of the picture by the tile's map. */
  readonly programMs: number;
  readonly grey: number;
  readonly width: number;
  readonly behindMs: number;
}

/** What was seen of a camera, for the test to judge. */
export interface Seen {
  readonly frames: number;
  /** From the start of the player to its first picture. */
  readonly firstMs: number;
  /** Until the first one that was less than {@link DUE_MS} behind the newest media. */
  readonly dueMs: number;
  /** How far behind the newest media the last one was. */
  readonly behindMs: number;
  /** Longest time without a new picture. */
  readonly gapMs: number;
  /** Longest time in which the page could do nothing: what it would have seen later. */
  readonly heldUpMs: number;
  /** Pictures that were older than one before. */
  readonly backwards: number;
  /** Pictures whose date names neither them nor, since a page may look late, the one before. */
  readonly misdated: number;
  /** Of those, the ones that were looked at late. */
  readonly late: number;
  /** Largest difference between the date of a picture and the time at which it was taken. */
  readonly datedOffMs: number;
  readonly widths: readonly number[];
  readonly errors: readonly string[];
}

class Rig {
  readonly mirror = new Mirror();
  readonly video = document.createElement('video');
  readonly tile: HlsTile;
  readonly errors: string[] = [];
  readonly #canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  #shown: Shown[] = [];
  #beganMs = performance.now();
  #heldUpMs = 0;
  readonly #watch: ReturnType<typeof setInterval>;
  #feed: ReturnType<typeof setInterval> | undefined;
  #stream = '';
  #next = 0;
  #number = { msn: -1, part: 0 };
  #epoch = 0;
  #skipped = false;
  /** PDT minus media time of the stream that plays. */
  #originMs = BASE_MS;
  /** From this PDT on frame `frame` of a stream was taken at `pdtMs`. */
  readonly #runs: { pdtMs: number; frame: number }[] = [];

  constructor(targetMs = 300) {
    this.video.style.cssText = 'position: fixed; top: 0; left: 0; width: 96px; height: 64px';
    document.body.append(this.video);
    this.tile = new HlsTile({
      ...{ video: this.video, timeline: this.mirror.timeline, mode: 'ultra-low', targetMs, workerUrl },
      clock: { now: () => performance.now() },
      onFatal: (reason) => this.errors.push(`${reason} fatal`),
      log: (message, { details = message } = {}) => {
        // What the tile itself stopped, and that a page on a busy host was held up: gaps are judged by the pictures.
        if (details !== 'aborted' && details !== 'bufferStalledError') this.errors.push(String(details));
      },
    });
    let lastMs = performance.now();
    this.#watch = setInterval(() => {
      const nowMs = performance.now();
      this.#heldUpMs = Math.max(this.#heldUpMs, nowMs - lastMs - 10);
      lastMs = nowMs;
    }, 10);
    this.tile.start();
    this.#look();
  }

  /** The camera sends this stream from there on: with the same media times (a rung) or, as a new epoch, others. */
  choose(stream: string, sec: number, { epoch = false, skipped = false } = {}): void {
    const { init, parts } = this.#media(stream);
    const edgeMs = this.mirror.edgeMs() ?? BASE_MS;
    const next = this.#at(stream, sec);
    const startMs = parts[next]?.startMs ?? 0;
    if (epoch) {
      this.#epoch += 1;
      this.#originMs = edgeMs - startMs;
    } else if (this.#stream === '') this.#originMs = BASE_MS - startMs;
    this.#skipped = skipped;
    this.#stream = stream;
    this.#next = next;
    this.#number = { msn: this.#number.msn + (epoch ? 10 : 0), part: 0 };
    this.#runs.push({
      pdtMs: this.#originMs + startMs,
      frame: Math.round((startMs - (parts[0]?.startMs ?? 0)) / FRAME_MS),
    });
    this.mirror.addInit(
      { kind: 'init', run: 'run', id: stream, codecs: '', width: 96, height: 64 },
      bytes(init),
    );
  }

  /** The next parts, at once. */
  push(count: number): void {
    const { parts } = this.#media(this.#stream);
    for (let n = 0; n < count; n += 1) {
      const part = parts[this.#next];
      if (part === undefined) return;
      this.#next += 1;
      const { startMs, durationMs, keyframe, data } = part;
      this.#number = keyframe
        ? { msn: this.#number.msn + 1, part: 0 }
        : { msn: this.#number.msn, part: this.#number.part + 1 };
      const header: PartHeader = {
        ...{ kind: 'part', ...this.#number, epoch: this.#epoch, init: this.#stream },
        ...{ durationMs, independent: keyframe, pdtMs: this.#originMs + startMs, mediaMs: startMs },
        ...(this.#skipped ? { skipped: true } : {}),
      };
      this.#skipped = false;
      const verdict = this.mirror.addPart(header, bytes(data));
      if (verdict !== 'appended') this.errors.push(verdict);
    }
  }

  /** History as a socket brings it: many events at once. */
  async history(sec: number): Promise<void> {
    for (let n = 0; n < sec * (FPS / 2); n += 1) {
      this.push(1);
      await new Promise<void>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve();
        port2.postMessage(0);
      });
    }
  }

  /** Parts from now on as they are due. */
  run(speed = 1): void {
    this.stop();
    let dueMs = performance.now();
    this.video.playbackRate = speed;
    this.#feed = setInterval(() => {
      while (performance.now() >= dueMs) {
        this.push(1);
        dueMs += (2 * FRAME_MS) / speed;
      }
    }, 5);
  }

  stop(): void {
    clearInterval(this.#feed);
  }

  /** Waits until the camera has sent this much of its stream. */
  async sent(sec: number): Promise<void> {
    while (this.#next < this.#at(this.#stream, sec)) await wait(2);
  }

  /** Begins to look anew. */
  again(): void {
    this.#beganMs = performance.now();
    this.#shown = [];
    this.#heldUpMs = 0;
  }

  seen(): Seen {
    const shown = this.#shown;
    const [first] = shown;
    const pairs = shown.slice(1).map((frame, n) => [shown[n] as Shown, frame] as const);
    const openMs = performance.now() - (shown.at(-1)?.atMs ?? Number.NaN);
    const dated = shown.map((frame) => this.#dated(frame));
    return {
      frames: shown.length,
      firstMs: (first?.atMs ?? Number.NaN) - this.#beganMs,
      dueMs: (shown.find(({ behindMs }) => behindMs < DUE_MS)?.atMs ?? Number.NaN) - this.#beganMs,
      behindMs: shown.at(-1)?.behindMs ?? Number.NaN,
      gapMs: Math.max(openMs, ...pairs.map(([a, b]) => b.atMs - a.atMs)),
      heldUpMs: this.#heldUpMs,
      backwards: pairs.filter(([a, b]) => b.positionSec < a.positionSec).length,
      misdated: dated.filter(({ aheadBy }) => aheadBy > 1).length,
      late: dated.filter(({ aheadBy }) => aheadBy === 1).length,
      datedOffMs: Math.max(...dated.map(({ offMs }) => offMs)),
      widths: [...new Set(shown.map(({ width }) => width))],
      errors: [...this.errors],
    };
  }

  close(): void {
    this.stop();
    clearInterval(this.#watch);
    this.tile.stop();
    this.video.remove();
  }

  /** The part that begins there. */
  #at(stream: string, sec: number): number {
    const { parts } = this.#media(stream);
    const fromMs = parts[0]?.startMs ?? 0;
    return parts.findIndex(({ startMs }) => startMs - fromMs >= sec * 1000 - FRAME_MS / 2);
  }

  #media(stream: string): StreamMedia {
    const found = media.streams[stream];
    if (found === undefined) throw new Error(`no stream ${stream}`);
    return found;
  }

  #dated({ programMs, grey }: Shown): { aheadBy: number; offMs: number } {
    const run = this.#runs.findLast(({ pdtMs }) => programMs >= pdtMs - FRAME_MS / 2);
    const since = (programMs - (run?.pdtMs ?? Number.NaN)) / FRAME_MS;
    const frame = (run?.frame ?? 0) + Math.round(since);
    return {
      aheadBy: (grey + GREYS - (frame % GREYS)) % GREYS,
      offMs: Math.abs(since - Math.round(since)) * FRAME_MS,
    };
  }

  #look(): void {
    this.video.requestVideoFrameCallback((_now, { mediaTime, width }) => {
      const { video, tile } = this;
      this.#canvas?.drawImage(video, 0, 0, 1, 1);
      const [red = 0] = this.#canvas?.getImageData(0, 0, 1, 1).data ?? [];
      const programMs = tile.programMs(mediaTime) ?? Number.NaN;
      this.#shown.push({
        ...{ atMs: performance.now(), positionSec: mediaTime, programMs, width },
        behindMs: (this.mirror.edgeMs() ?? 0) - programMs,
        grey: Math.round((red * 219) / 255 / GREY_STEP),
      });
      this.#look();
    });
  }
}

export const cases = {
  /** Joins a camera with this GOP after its history has come, and plays for 3 s. */
  async join(stream: string, historySec: number) {
    const rig = new Rig();
    rig.choose(stream, 0);
    await rig.history(historySec);
    rig.run();
    await wait(3_000);
    const seen = rig.seen();
    rig.close();
    return seen;
  },

  /** A camera of GOPs of 10 s whose player is loaded anew, and then built anew, in the midst of the first one. */
  async midGop() {
    const rig = new Rig();
    rig.choose('gop10', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.5);
    rig.tile.reload();
    rig.again();
    await wait(1_500);
    const loaded = rig.seen();
    rig.tile.rebuild();
    rig.again();
    await wait(1_500);
    const built = rig.seen();
    rig.close();
    return { loaded, built };
  },

  /** The encoder restarts in the midst of a segment, with times of its own. */
  async epoch() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.4);
    rig.choose('restarted', 0, { epoch: true });
    await rig.sent(2.4);
    const seen = rig.seen();
    rig.close();
    return seen;
  },

  /** The link holds a second and a half back, of which the relay sends nothing. */
  async skip() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.4);
    rig.stop();
    const before = rig.seen();
    const edgeMs = rig.mirror.edgeMs() ?? 0;
    await wait(1_600);
    rig.again();
    rig.errors.length = 0;
    rig.choose('gop1', 4, { skipped: true });
    rig.run();
    await wait(1_500);
    const after = rig.seen();
    const gap = rig.tile.locate(edgeMs + 500);
    const skipped = rig.mirror.skippedParts;
    rig.close();
    return { before, after, inGap: gap?.inGap, skipped };
  },

  /** Another rung of the same camera takes over at its keyframe, in mid-segment of the first, and back. */
  async rung() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(0.5);
    rig.run();
    await rig.sent(2.5);
    rig.choose('small', 2.5);
    await rig.sent(5);
    rig.choose('gop1', 5);
    await rig.sent(7);
    const seen = rig.seen();
    rig.close();
    return seen;
  },

  /** Eight times as fast, past many trims. Also how much is behind the playhead at the end, at least and at most. */
  async trim() {
    const rig = new Rig(4_000);
    rig.choose('gop1', 0);
    await rig.history(4);
    rig.run(8);
    const behind: number[] = [];
    let trims = 0;
    let lastSec = 0;
    while (rig.tile.positionSec() < 60 && rig.errors.length === 0) {
      await wait(20);
      const { buffered } = rig.video;
      const startSec = buffered.length === 0 ? 0 : buffered.start(0);
      if (startSec > lastSec) trims += 1;
      lastSec = startSec;
      if (rig.tile.positionSec() > 30) behind.push(rig.tile.bufferBehindMs());
    }
    const seen = rig.seen();
    const ranges = rig.video.buffered.length;
    rig.close();
    return { seen, trims, ranges, leastMs: Math.min(...behind), mostMs: Math.max(...behind) };
  },

  /** 8 s back while the newest segment streams on, and to the newest again. */
  async seekBack() {
    const rig = new Rig();
    rig.choose('gop1', 0);
    await rig.history(10.3);
    rig.run();
    await wait(800);
    const shownMs = rig.tile.programMs() ?? 0;
    rig.again();
    rig.tile.seek(rig.tile.locate(shownMs - 8_000)?.positionSec ?? 0);
    await wait(1_500);
    const back = rig.seen();
    const aheadMs = rig.tile.bufferAheadMs();
    const backMs = shownMs + 1_500 - (rig.tile.programMs() ?? 0);
    rig.again();
    rig.tile.seek(rig.tile.locate((rig.mirror.edgeMs() ?? 0) - 300)?.positionSec ?? 0);
    await wait(1_000);
    const forth = rig.seen();
    rig.close();
    return { back, forth, aheadMs, backMs };
  },

  /** A page that plays nothing while 56 s of media come, and is to show the newest then. */
  async hidden() {
    const rig = new Rig(2_000);
    rig.choose('gop1', 0);
    await rig.history(2);
    rig.run(8);
    await wait(500);
    rig.video.pause();
    await wait(7_000);
    const aheadMs = rig.tile.bufferAheadMs();
    rig.run(1);
    rig.again();
    const wantedMs = (rig.mirror.edgeMs() ?? 0) - 1_000;
    rig.tile.seek(rig.tile.estimate(wantedMs) ?? 0);
    rig.tile.play();
    await wait(1_500);
    const seen = rig.seen();
    rig.close();
    return { seen, aheadMs };
  },
};

export type Cases = typeof cases;

Object.assign(globalThis, {
  cases,
  begin(given: StreamedMedia) {
    media = given;
    workerUrl = URL.createObjectURL(new Blob([given.worker], { type: 'text/javascript' }));
  },
});
