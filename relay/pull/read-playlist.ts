/**
 * Reads the two playlists that MediaMTX serves for a path: the multivariant with its one child, and the
 * low-latency media playlist. Numbers are checked, so that whoever asks next can trust them. Fetching is http.ts,
 * deciding what to fetch next is pull-policy.ts.
 *
 * Own code rather than m3u8parse, which reads the same lists (and judges this reader in the tests): a list is
 * read with every part, and there m3u8parse cost 0.0023 core per camera at 67 ms parts, a quarter of all that
 * pulling cost.
 */

/** The text is no playlist of the kind we asked for; `message` is half a sentence. */
export class PlaylistError extends Error {
  override readonly name = 'PlaylistError';
}

export interface PlaylistPart {
  readonly uri: string;
  readonly durationMs: number;
  /** GAP=YES: listed, but not to be fetched (RFC 8216bis §4.4.4.9). */
  readonly gap: boolean;
}

/** A closed segment. MediaMTX lists parts for the last two only, and starts with seven EXT-X-GAP segments. */
export interface PlaylistSegment {
  readonly msn: number;
  readonly durationMs: number;
  readonly gap: boolean;
  /** Program date time in ms since the Unix epoch; MediaMTX gives it for the last two segments only. */
  readonly pdtMs: number | undefined;
  readonly parts: readonly PlaylistPart[];
}

export interface MediaPlaylist {
  readonly targetDurationMs: number;
  readonly partTargetMs: number;
  /** EXT-X-MAP; a delta update (EXT-X-SKIP) has none. */
  readonly initUri: string | undefined;
  /** Without those that a delta update skipped. */
  readonly segments: readonly PlaylistSegment[];
  /** The segment that still grows, perhaps without any part yet. */
  readonly open: { readonly msn: number; readonly parts: readonly PlaylistPart[] };
  /** The part after the last listed one: the server answers when it is complete. */
  readonly preloadHint: string | undefined;
}

export interface Variant {
  readonly uri: string;
  readonly bandwidth: number;
  readonly codecs: string | undefined;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** Frames per second; only where the SPS carries timing. */
  readonly frameRate: number | undefined;
}

const HEADER = '#EXTM3U';
/** Longer segments and parts than this are a broken number. */
const MAX_DURATION_MS = 3_600_000;
const MAX_SKIPPED = 1_000_000;

/**
 * Reads a low-latency media playlist (RFC 8216bis §4.4); unknown tags are ignored.
 * @throws PlaylistError
 */
export function readPlaylist(text: string): MediaPlaylist {
  const reader = new MediaReader();
  for (const line of playlistLines(text)) reader.line(line);
  return reader.finish();
}

/**
 * Reads the first variant of a multivariant playlist (§4.4.6.2).
 * @throws PlaylistError
 */
export function readMultivariant(text: string): Variant {
  let info: ReadonlyMap<string, string> | undefined;
  for (const line of playlistLines(text)) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) info = attributes(line);
    else if (!line.startsWith('#') && info !== undefined) return variant(line, info);
  }
  throw new PlaylistError('multivariant playlist without a stream');
}

function variant(line: string, info: ReadonlyMap<string, string>): Variant {
  const frameRate = info.get('FRAME-RATE');
  const resolution = info.get('RESOLUTION');
  const size = resolution === undefined ? undefined : /^(\d{1,5})x(\d{1,5})$/.exec(resolution);
  if (size === null) throw new PlaylistError(`RESOLUTION is "${shown(resolution)}"`);
  return {
    uri: uri(line, 'stream'),
    bandwidth: integer(info.get('BANDWIDTH'), 'BANDWIDTH'),
    codecs: info.get('CODECS'),
    size: size === undefined ? undefined : { width: Number(size[1]), height: Number(size[2]) },
    frameRate: frameRate === undefined ? undefined : decimal(frameRate, 'FRAME-RATE'),
  };
}

class MediaReader {
  #targetDurationMs: number | undefined;
  #partTargetMs: number | undefined;
  #nextMsn = 0;
  #initUri: string | undefined;
  #preloadHint: string | undefined;
  readonly #segments: PlaylistSegment[] = [];
  // What was said so far about the segment whose URI is still to come.
  #durationMs: number | undefined;
  #gap = false;
  #pdtMs: number | undefined;
  #parts: PlaylistPart[] = [];

  line(line: string): void {
    if (!line.startsWith('#')) {
      this.#closeSegment(line);
      return;
    }
    const colon = line.indexOf(':');
    const tag = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1);
    switch (tag) {
      case '#EXT-X-PART':
        this.#parts.push(part(attributes(line)));
        break;
      case '#EXTINF':
        this.#durationMs = durationMs(value.split(',', 1)[0], 'EXTINF');
        break;
      case '#EXT-X-GAP':
        this.#gap = true;
        break;
      case '#EXT-X-PROGRAM-DATE-TIME':
        this.#pdtMs = date(value);
        break;
      case '#EXT-X-TARGETDURATION':
        this.#targetDurationMs = integer(value, 'EXT-X-TARGETDURATION') * 1000;
        break;
      case '#EXT-X-MEDIA-SEQUENCE':
        if (this.#segments.length > 0) throw new PlaylistError('EXT-X-MEDIA-SEQUENCE after a segment');
        this.#nextMsn = integer(value, 'EXT-X-MEDIA-SEQUENCE');
        break;
      case '#EXT-X-SKIP':
        this.#skip(attributes(line));
        break;
      case '#EXT-X-PART-INF':
        this.#partTargetMs = durationMs(attributes(line).get('PART-TARGET'), 'PART-TARGET');
        break;
      case '#EXT-X-MAP':
        this.#map(uri(attributes(line).get('URI'), 'EXT-X-MAP'));
        break;
      case '#EXT-X-PRELOAD-HINT':
        this.#hint(attributes(line));
        break;
    }
  }

  finish(): MediaPlaylist {
    if (this.#targetDurationMs === undefined) throw new PlaylistError('no EXT-X-TARGETDURATION');
    if (this.#partTargetMs === undefined) throw new PlaylistError('no parts: not a low-latency playlist');
    return {
      targetDurationMs: this.#targetDurationMs,
      partTargetMs: this.#partTargetMs,
      initUri: this.#initUri,
      segments: this.#segments,
      open: { msn: this.#nextMsn, parts: this.#parts },
      preloadHint: this.#preloadHint,
    };
  }

  #closeSegment(line: string): void {
    uri(line, 'segment');
    if (this.#durationMs === undefined) throw new PlaylistError('segment without EXTINF');
    this.#segments.push({
      msn: this.#nextMsn,
      durationMs: this.#durationMs,
      gap: this.#gap,
      pdtMs: this.#pdtMs,
      parts: this.#parts,
    });
    this.#nextMsn += 1;
    this.#durationMs = undefined;
    this.#gap = false;
    this.#pdtMs = undefined;
    this.#parts = [];
  }

  #skip(info: ReadonlyMap<string, string>): void {
    const skipped = integer(info.get('SKIPPED-SEGMENTS'), 'SKIPPED-SEGMENTS');
    if (skipped > MAX_SKIPPED) throw new PlaylistError(`SKIPPED-SEGMENTS is ${skipped}`);
    this.#nextMsn += skipped;
  }

  #map(initUri: string): void {
    // The parts before it and those after it would need different ones; MediaMTX has one for a muxer's life.
    if (this.#initUri !== undefined && this.#initUri !== initUri) {
      throw new PlaylistError('more than one EXT-X-MAP');
    }
    this.#initUri = initUri;
  }

  #hint(info: ReadonlyMap<string, string>): void {
    if (info.get('TYPE') === 'PART') this.#preloadHint = uri(info.get('URI'), 'EXT-X-PRELOAD-HINT');
  }
}

function part(info: ReadonlyMap<string, string>): PlaylistPart {
  return {
    uri: uri(info.get('URI'), 'EXT-X-PART'),
    durationMs: durationMs(info.get('DURATION'), 'DURATION'),
    gap: info.get('GAP') === 'YES',
  };
}

/** Lines without blank ones, after the header. */
function* playlistLines(text: string): Generator<string> {
  let start = 0;
  let header = false;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trimEnd();
    start = end + 1;
    if (line === '') continue;
    if (header) yield line;
    else if (line !== HEADER) throw new PlaylistError(`first line is "${shown(line)}", not ${HEADER}`);
    header = true;
  }
  if (!header) throw new PlaylistError('empty answer');
}

/** The attribute list after a tag's colon (§4.2): commas inside quotes do not separate. */
function attributes(line: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = line.indexOf(':') + 1;
  while (at > 0 && at < line.length) {
    const equals = line.indexOf('=', at);
    if (equals < 0) throw new PlaylistError(`attribute without a value in "${shown(line)}"`);
    const quoted = line[equals + 1] === '"';
    const from = quoted ? equals + 2 : equals + 1;
    const stop = line.indexOf(quoted ? '"' : ',', from);
    if (quoted && stop < 0) throw new PlaylistError(`open quote in "${shown(line)}"`);
    const to = stop < 0 ? line.length : stop;
    found.set(line.slice(at, equals), line.slice(from, to));
    at = quoted ? to + 2 : to + 1;
  }
  return found;
}

/** Printable ASCII without blanks and quotes, which is what a URI may hold. */
function uri(value: string | undefined, what: string): string {
  if (value === undefined || value.length > 2048 || !/^[\x21\x23-\x7e]+$/.test(value)) {
    throw new PlaylistError(`${what} has no usable URI`);
  }
  return value;
}

function integer(value: string | undefined, what: string): number {
  if (value === undefined || !/^\d{1,15}$/.test(value))
    throw new PlaylistError(`${what} is "${shown(value)}"`);
  return Number(value);
}

function decimal(value: string | undefined, what: string): number {
  if (value === undefined || !/^\d{1,15}(\.\d{0,15})?$/.test(value)) {
    throw new PlaylistError(`${what} is "${shown(value)}"`);
  }
  return Number(value);
}

function durationMs(value: string | undefined, what: string): number {
  const ms = decimal(value, what) * 1000;
  if (ms > MAX_DURATION_MS) throw new PlaylistError(`${what} is "${shown(value)}"`);
  return ms;
}

function date(value: string): number {
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new PlaylistError(`EXT-X-PROGRAM-DATE-TIME is "${shown(value)}"`);
  return ms;
}

/** A stranger's text for a message: short, and without control characters. */
const shown = (text: string | undefined): string => (text ?? '').slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
