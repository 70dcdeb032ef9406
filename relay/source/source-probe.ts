/**
 * A short look at a source before it is encoded: size, codec, whether pictures are reordered, how far apart its
 * keyframes are. ffmpeg passes the packets on without decoding them and lists them; the camera's address takes the
 * same way as for encoding. What follows from the facts is ladder.ts and copy-policy.ts.
 */
import { describeEnding, type Ending } from '../process/ending.ts';
import { runShort, type ShortRunDeps } from '../process/short-run.ts';
import { MAX_COPY_GOP_MS, type SourceFacts } from './copy-policy.ts';
import { type CameraSource, ffmpegInput, ONLY_VIDEO, QUIET } from './ffmpeg-input.ts';
import { StderrReader } from './stderr.ts';

/** As ffmpeg describes a stream since 4.x: `Video: h264 (Main), yuv420p(tv, progressive), 1920x1080 [SAR …], 25 fps`. */
const STREAM = /Stream #0:\d+.*: Video: (\w+)[^,]*, (\w+)(\([^)]*\))?, (\d+)x(\d+)/;
/** A second keyframe that does not come by then comes too late. */
const PATIENCE_MS = MAX_COPY_GOP_MS * 1.15;
/** With this many packets the order and the rate are known. */
const ENOUGH_PACKETS = 12;
const LIMIT_MS = 12_000;

/** Reads what ffmpeg says of a source's packets. Pure. */
export class SourceReader {
  readonly #needGop: boolean;
  #header: Pick<SourceFacts, 'codec' | 'pixelFormat' | 'interlaced' | 'size'> | undefined;
  #rest = '';
  #said = '';
  #msPerTick = 1;
  #packets = 0;
  #bytes = 0;
  #firstMs: number | undefined;
  #lastMs = 0;
  #keyframeMs: number | undefined;
  #gopMs: number | undefined;
  #reordered = false;
  #pieces = false;

  /** @param needGop look on until the distance of keyframes is known */
  constructor(needGop: boolean) {
    this.#needGop = needGop;
  }

  /** Text of standard error. */
  told(text: string): void {
    if (this.#header !== undefined) return;
    this.#said += text;
    const found = STREAM.exec(this.#said);
    if (found === null) return;
    const [, codec = '', pixelFormat = '', details = '', width, height] = found;
    this.#header = {
      codec,
      pixelFormat,
      interlaced: /(top|bottom) (first|coded)|interlaced/.test(details),
      size: { width: Number(width), height: Number(height) },
    };
    this.#said = '';
  }

  /** Text of the list of packets. */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** True when nothing more is to be learnt. */
  get done(): boolean {
    if (this.#header === undefined || this.#firstMs === undefined) return false;
    if (!this.#needGop) return true;
    if (this.#packets < ENOUGH_PACKETS) return false;
    return this.#gopMs !== undefined || this.#lastMs - (this.#keyframeMs ?? this.#firstMs) > PATIENCE_MS;
  }

  /** Undefined while the source has not been understood. */
  get facts(): SourceFacts | undefined {
    if (this.#header === undefined) return undefined;
    const ms = this.#lastMs - (this.#firstMs ?? 0);
    const measured = this.#packets >= ENOUGH_PACKETS && ms > 0;
    return {
      ...this.#header,
      fps: measured ? Math.round(((this.#packets - 1) * 1e5) / ms) / 100 : undefined,
      bitrateKbps: measured ? Math.round((this.#bytes * 8) / ms) : undefined,
      reordered: this.#reordered,
      pieces: this.#pieces,
      gopMs: this.#gopMs,
    };
  }

  /** `#tb 0: 1/90000`, or stream, dts, pts, duration, size, checksum, flags unless it is a keyframe. */
  #line(line: string): void {
    const base = /^#tb 0: (\d+)\/(\d+)/.exec(line);
    if (base !== null) this.#msPerTick = (1000 * Number(base[1])) / Number(base[2]);
    const [stream, dts = '', pts = '', , size = ''] = line.split(',').map((field) => field.trim());
    if (stream !== '0') return;
    const ms = Number(pts) * this.#msPerTick;
    if (pts !== dts || ms < this.#lastMs) this.#reordered = true;
    if (this.#packets > 0 && ms === this.#lastMs) this.#pieces = true;
    this.#firstMs ??= ms;
    this.#packets += 1;
    this.#bytes += Number(size);
    this.#lastMs = Math.max(this.#lastMs, ms);
    if (line.includes('F=0x0') || (this.#pieces && ms === this.#keyframeMs)) return;
    if (this.#keyframeMs !== undefined) this.#gopMs = Math.max(this.#gopMs ?? 0, ms - this.#keyframeMs);
    this.#keyframeMs = ms;
  }
}

export type ProbeResult =
  | { readonly kind: 'facts'; readonly facts: SourceFacts }
  /** The source cannot be had; `reason` is half a sentence for users. */
  | {
      readonly kind: 'failed';
      readonly ending: Ending;
      readonly reason: string;
      readonly lines: readonly string[];
    };

export interface ProbeRequest {
  readonly ffmpeg: string;
  readonly camera: CameraSource;
  readonly needGop: boolean;
  readonly signal: AbortSignal;
}

/** @throws CameraUrlError when the camera's address cannot be used */
export async function probeSource(deps: ShortRunDeps, request: ProbeRequest): Promise<ProbeResult> {
  const { ffmpeg, camera, needGop, signal } = request;
  const input = ffmpegInput(camera, false);
  const reader = new SourceReader(needGop);
  const stderr = new StderrReader({ source: camera.source.type, where: input.where, secrets: input.secrets });
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  if (signal.aborted) stop.abort();
  const look = (): void => {
    if (reader.done) stop.abort();
  };
  const decoder = new TextDecoder();
  const { ending, late } = await runShort(deps, {
    spec: {
      program: ffmpeg,
      args: [
        ...QUIET,
        ...['-loglevel', 'level+info'],
        ...input.args,
        ...['-map', '0:v:0', ...ONLY_VIDEO],
        ...['-c', 'copy', '-f', 'framecrc', '-flush_packets', '1', 'pipe:1'],
      ],
      stdin: input.stdin,
    },
    limitMs: LIMIT_MS,
    signal: stop.signal,
    onStdout: (chunk) => {
      reader.push(decoder.decode(chunk, { stream: true }));
      look();
    },
    onStderr: (text) => {
      stderr.push(text);
      reader.told(text);
      look();
    },
  });
  const { facts } = reader;
  if (facts !== undefined && (reader.done || late)) return { kind: 'facts', facts };
  const problem: Ending = late ? { kind: 'no-start', waitedMs: LIMIT_MS } : ending;
  if (stderr.denied) return refused(stderr.reason ?? 'the camera denies access', stderr.lines);
  const reason = (problem.kind === 'exit' ? stderr.reason : undefined) ?? describeEnding(problem, 'source');
  return { kind: 'failed', ending: problem, reason, lines: stderr.lines };
}

const refused = (reason: string, lines: readonly string[]): ProbeResult => ({
  kind: 'failed',
  ending: { kind: 'refused', problem: reason },
  reason,
  lines,
});
