/**
 * Runs in a web page: the wall's player with hls.js as it is shipped, on a camera that the page itself plays into its
 * mirror. The pages beside this file each do several things to such a stream, and tell what was seen of it; the tests of
 * the same names judge. Frame N of every stream has the grey N mod {@link GREYS}, so that a picture says when it was
 * taken, whatever the player makes of its date.
 */
import { HlsTile } from '../../../src/viewer/hls/hls-tile.ts';
import { Mirror } from '../../../src/viewer/push/mirror.ts';
import type { PartHeader } from '../../../src/wire/media-frames.ts';
import { bytes, given, wait } from '../case-page.ts';
import type { PartMedia } from '../part-media.ts';
import { DUE_MS, FPS, GREY_STEP, GREYS, type Seen } from './seen.ts';

export type Streams = Readonly<Record<string, PartMedia>>;

const FRAME_MS = 1000 / FPS;
/** Between two pictures of the page. */
const SCREEN_MS = 1000 / 60;
const BASE_MS = 1_700_000_000_000;

interface Shown {
  readonly atMs: number;
  readonly positionSec: number;
  /** Of the picture by the tile's map. */
  readonly programMs: number;
  readonly grey: number;
  readonly width: number;
  readonly behindMs: number;
  /** Since it went onto the screen: another one may be there by then. */
  readonly lookedLateMs: number;
}

export class Rig {
  readonly mirror = new Mirror();
  readonly video = document.createElement('video');
  readonly tile: HlsTile;
  readonly errors: string[] = [];
  readonly #canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  #shown: Shown[] = [];
  #beganMs = performance.now();
  #heldUpMs = 0;
  #watching = true;
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
      ...{
        video: this.video,
        timeline: this.mirror.timeline,
        mode: 'ultra-low',
        targetMs,
        workerUrl: given<Streams>().workerUrl,
      },
      clock: { now: () => performance.now() },
      onFatal: (reason) => this.errors.push(`${reason} fatal`),
      log: (message, { details = message } = {}) => {
        // What the tile itself stopped, and that a page on a busy host was held up: gaps are judged by the pictures.
        if (details !== 'aborted' && details !== 'bufferStalledError') this.errors.push(String(details));
      },
    });
    this.#watchPage(performance.now());
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
    const known = shown.filter(({ programMs }) => !Number.isNaN(programMs));
    const dated = known.map((frame) => this.#dated(frame));
    return {
      frames: shown.length,
      firstMs: (first?.atMs ?? Number.NaN) - this.#beganMs,
      dueMs: (shown.find(({ behindMs }) => behindMs < DUE_MS)?.atMs ?? Number.NaN) - this.#beganMs,
      behindMs: shown.at(-1)?.behindMs ?? Number.NaN,
      gapMs: Math.max(openMs, ...pairs.map(([a, b]) => b.atMs - a.atMs)),
      heldUpMs: this.#heldUpMs,
      backwards: pairs.filter(([a, b]) => b.positionSec < a.positionSec).length,
      undated: shown.length - known.length,
      misdated: dated.filter(({ aheadBy, missed }) => aheadBy > missed + 1).length,
      late: dated.filter(({ aheadBy, missed }) => aheadBy === 1 && missed === 0).length,
      datedOffMs: Math.max(...dated.map(({ offMs }) => offMs)),
      widths: [...new Set(shown.map(({ width }) => width))],
      errors: [...this.errors],
    };
  }

  close(): void {
    this.stop();
    this.#watching = false;
    this.tile.stop();
    this.video.remove();
  }

  /** The part that begins there. */
  #at(stream: string, sec: number): number {
    const { parts } = this.#media(stream);
    const fromMs = parts[0]?.startMs ?? 0;
    return parts.findIndex(({ startMs }) => startMs - fromMs >= sec * 1000 - FRAME_MS / 2);
  }

  #media(stream: string): PartMedia {
    const found = given<Streams>().media[stream];
    if (found === undefined) throw new Error(`no stream ${stream}`);
    return found;
  }

  #dated({ programMs, grey, lookedLateMs }: Shown): { aheadBy: number; missed: number; offMs: number } {
    const run = this.#runs.findLast(({ pdtMs }) => programMs >= pdtMs - FRAME_MS / 2);
    const since = (programMs - (run?.pdtMs ?? Number.NaN)) / FRAME_MS;
    const frame = (run?.frame ?? 0) + Math.round(since);
    return {
      aheadBy: (grey + GREYS - (frame % GREYS)) % GREYS,
      missed: Math.max(0, Math.ceil(lookedLateMs / FRAME_MS - 1)),
      offMs: Math.abs(since - Math.round(since)) * FRAME_MS,
    };
  }

  #watchPage(lastMs: number): void {
    requestAnimationFrame(() => {
      const nowMs = performance.now();
      this.#heldUpMs = Math.max(this.#heldUpMs, nowMs - lastMs - SCREEN_MS);
      if (this.#watching) this.#watchPage(nowMs);
    });
  }

  #look(): void {
    this.video.requestVideoFrameCallback((_now, { mediaTime, width, expectedDisplayTime }) => {
      const { video, tile } = this;
      this.#canvas?.drawImage(video, 0, 0, 1, 1);
      const [red = 0] = this.#canvas?.getImageData(0, 0, 1, 1).data ?? [];
      const programMs = tile.programMs(mediaTime) ?? Number.NaN;
      this.#shown.push({
        ...{ atMs: performance.now(), positionSec: mediaTime, programMs, width },
        lookedLateMs: performance.now() - expectedDisplayTime,
        behindMs: (this.mirror.edgeMs() ?? 0) - programMs,
        grey: Math.round((red * 219) / 255 / GREY_STEP),
      });
      this.#look();
    });
  }
}
