/**
 * Reads what ffmpeg says on standard error: keeps the last lines without secrets, finds the reason of a failure
 * in words for users, and notices a change of the source's size. Pure.
 */
import type { SourceConfig } from '../config/schema.ts';
import { redact } from '../log.ts';

export interface SourceSize {
  readonly width: number;
  readonly height: number;
}

const KEPT_LINES = 20;
/** Longer lines are filter graphs and codec options; their beginning says enough. */
const MAX_LINE = 300;

/** `where` names the source: a host, a device, a file. */
type Sentence = (where: string, source: SourceConfig['type']) => string;

/** Newest line first, first rule first. The patterns are ffmpeg's wording since 4.x, seen with 5.1. */
const RULES: readonly (readonly [RegExp, Sentence])[] = [
  [
    /401 Unauthorized|authorization failed/i,
    (at) => `the camera at ${at} refused user name or password (401); check both in the configuration`,
  ],
  [
    /403 Forbidden/i,
    (at) => `the camera at ${at} denies access to this stream (403); check the user's rights`,
  ],
  [
    /404 (Stream )?Not Found/i,
    (at) => `the camera at ${at} has no such stream (404); check the path of its address`,
  ],
  [/Connection refused/i, (at) => `nothing listens at ${at} (connection refused); check address and port`],
  [
    /No route to host|Network is unreachable/i,
    (at) => `there is no way to ${at} on the network; check address and cabling`,
  ],
  [
    /timed out/i,
    (at) => `${at} does not answer (timed out); check its address and that the camera is switched on`,
  ],
  [
    /Failed to resolve hostname|Name or service not known/i,
    (at) => `the host name of ${at} is not known; check the address or the name server`,
  ],
  [/Device or resource busy/i, (at) => `${at} is used by another program; close that program`],
  [
    /Not a video capture device|Inappropriate ioctl/i,
    (at) => `${at} is no video capture device; choose another one`,
  ],
  [/Permission denied/i, (at) => `${at} may not be read; check its permissions`],
  [/No such (file or directory|device)/i, (at) => `${at} does not exist; check the path`],
  [
    /Unknown encoder|Encoder libx264 not found/i,
    () => 'this ffmpeg has no H.264 encoder (libx264); install a complete ffmpeg',
  ],
  [
    /Unrecognized option|Option .* not found/i,
    () => 'this ffmpeg does not know an option that is needed; install ffmpeg 5.1 or newer',
  ],
  [
    /Invalid data found|moov atom not found|could not find codec parameters|does not contain any stream|matches no streams|Cannot determine format/i,
    (at, source) =>
      // An RTSP server that accepts and then keeps silent ends with the same words.
      source === 'rtsp'
        ? `${at} does not answer as a camera should, or sends no video that can be read; check its address`
        : `${at} holds no video that can be read; it is damaged, empty or of an unknown kind`,
  ],
];

const DENIED = /401 Unauthorized|403 Forbidden|authorization failed/i;
const NO_TEXT = /Cannot find a valid font|No such filter: 'drawtext'|Could not load font|No font filename/i;
const GEOMETRY = /^\[graph \d+ input from stream [^\]]*\] \[\w+\] w:(\d+) h:(\d+) /;
/** Bracketed names and levels in front of what ffmpeg has to say. */
const PREFIX = /^(\[[^\]]*\] ?)+/;
const FAILURE = /\[(error|fatal|panic)\]/;

export interface StderrOptions {
  readonly source: SourceConfig['type'];
  /** The source in words, without secrets. */
  readonly where: string;
  readonly secrets: readonly string[];
  /** Address where its media is published beside its way to us, as in `127.0.0.1:8554`; undefined: nowhere. */
  readonly publishedAt?: string | undefined;
}

/** The thread that publishes, and what only a publisher asks. */
const PUBLISHER = /^\[fifo @ |method (ANNOUNCE|RECORD) failed/;

export class StderrReader {
  readonly #source: SourceConfig['type'];
  readonly #where: string;
  readonly #secrets: readonly string[];
  readonly #publishedAt: string | undefined;
  #rest = '';
  #lines: string[] = [];
  #size: SourceSize | undefined;

  constructor(options: StderrOptions) {
    this.#source = options.source;
    this.#where = options.where;
    this.#secrets = options.secrets;
    this.#publishedAt = options.publishedAt;
  }

  /** Takes the next text; returns the source's new size when it changed while the program ran. */
  push(text: string): SourceSize | undefined {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? '').slice(-4096);
    let changed: SourceSize | undefined;
    for (const line of lines) changed = this.#takeGeometry(line) ?? changed;
    const said = lines.filter(
      (line) => line !== '' && !line.includes('[verbose]') && !this.#isOfPublisher(line),
    );
    this.#lines = [...this.#lines, ...said.map((line) => this.#clean(line))].slice(-KEPT_LINES);
    return changed;
  }

  /** The last lines, oldest first, without secrets. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Why it failed, in words for users, or undefined when nothing that was said explains it. */
  get reason(): string | undefined {
    const failures = this.#failures();
    for (const line of failures) {
      const rule = RULES.find(([pattern]) => pattern.test(line));
      if (rule !== undefined) return rule[1](this.#where, this.#source);
    }
    return failures[0]?.replace(PREFIX, '').trim();
  }

  /** The camera denied access. Cameras lock the account after a few tries, so this must not be hurried. */
  get denied(): boolean {
    return this.#failures().some((line) => DENIED.test(line));
  }

  /** The program failed because it cannot write text into pictures (no font, or built without). */
  get lacksText(): boolean {
    return this.#failures().some((line) => NO_TEXT.test(line));
  }

  /** Newest first; also what was said without a line end. */
  #failures(): string[] {
    const last = this.#isOfPublisher(this.#rest) ? [] : [this.#clean(this.#rest)];
    return [...this.#lines, ...last].filter((line) => FAILURE.test(line)).reverse();
  }

  /** It tells of each try, several a second while MediaMTX is away; how MediaMTX does is its manager's to say. */
  #isOfPublisher(line: string): boolean {
    return (
      this.#publishedAt !== undefined && (line.includes(`//${this.#publishedAt}`) || PUBLISHER.test(line))
    );
  }

  #takeGeometry(line: string): SourceSize | undefined {
    const found = GEOMETRY.exec(line);
    if (found === null) return undefined;
    const size = { width: Number(found[1]), height: Number(found[2]) };
    const before = this.#size;
    this.#size = size;
    const same = before === undefined || (before.width === size.width && before.height === size.height);
    return same ? undefined : size;
  }

  #clean(line: string): string {
    let clean = redact(line);
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***');
    return clean.slice(0, MAX_LINE);
  }
}
