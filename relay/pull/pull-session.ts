/**
 * What can be asked of one path of MediaMTX over one connection, with the deadline and the limit of each question.
 * Any failure ends the session; what follows from that is pull-feed.ts.
 */
import { MAX_BOX_BYTES } from '../media/box-splitter.ts';
import type { HttpConnect, HttpConnection } from './http.ts';
import { nextPosition } from './pull-policy.ts';
import {
  type MediaPlaylist,
  PlaylistError,
  readMultivariant,
  readPlaylist,
  type Variant,
} from './read-playlist.ts';

/** index.m3u8 is answered when the first segment is complete: one group of pictures. */
const INDEX_TIMEOUT_MS = 6000;
/** For what exists already. */
const READY_TIMEOUT_MS = 3000;
/** What is still being made may take this many part durations more. */
const BLOCKING_PARTS = 3;
const MAX_PLAYLIST_BYTES = 512 * 1024;
const MAX_INIT_BYTES = 1024 * 1024;
const DECODER = new TextDecoder();

export interface PullEndpoint {
  /** MediaMTX's HLS listener, as in `http://127.0.0.1:8888`. */
  readonly hlsBase: string;
  /** `hlsCDNSecret`. */
  readonly hlsSecret: string;
}

export interface PullSessionDeps {
  readonly connect: HttpConnect;
  readonly endpoint: PullEndpoint;
  /** The path's name in MediaMTX. */
  readonly path: string;
}

/** All methods throw HttpError, and PlaylistError for an answer or an address that cannot be used. */
export class PullSession {
  readonly #base: URL;
  readonly #connection: HttpConnection;

  /** Connects with the first question. */
  constructor({ connect, endpoint, path }: PullSessionDeps) {
    const folder = path.split('/').map(encodeURIComponent).join('/');
    this.#base = new URL(`${folder}/`, endpoint.hlsBase);
    this.#connection = connect({ base: this.#base, bearer: endpoint.hlsSecret });
  }

  /** Waits until the muxer has its first segment. */
  async variant(): Promise<Variant> {
    return readMultivariant(await this.#text('index.m3u8', INDEX_TIMEOUT_MS));
  }

  async list({ uri }: Variant): Promise<MediaPlaylist> {
    return readPlaylist(await this.#text(uri, READY_TIMEOUT_MS));
  }

  /** The list after `known`, as soon as it has another part. */
  async nextList({ uri }: Variant, known: MediaPlaylist): Promise<MediaPlaylist> {
    const next = nextPosition(known);
    const query = `${uri.includes('?') ? '&' : '?'}_HLS_msn=${next.msn}&_HLS_part=${next.index}`;
    return readPlaylist(await this.#text(uri + query, blockingMs(known)));
  }

  init(uri: string): Promise<Uint8Array> {
    return this.#get(uri, MAX_INIT_BYTES, READY_TIMEOUT_MS);
  }

  /** A part that is complete. */
  part(uri: string): Promise<Uint8Array> {
    return this.#get(uri, MAX_BOX_BYTES, READY_TIMEOUT_MS);
  }

  /** The part that the preload hint of `known` names, as soon as it is complete. */
  nextPart(uri: string, known: MediaPlaylist): Promise<Uint8Array> {
    return this.#get(uri, MAX_BOX_BYTES, blockingMs(known));
  }

  /** Fails what is under way. */
  close(): void {
    this.#connection.close();
  }

  async #text(uri: string, timeoutMs: number): Promise<string> {
    return DECODER.decode(await this.#get(uri, MAX_PLAYLIST_BYTES, timeoutMs));
  }

  /** The secret goes to this server only, whatever a playlist says. */
  async #get(uri: string, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
    const url = URL.canParse(uri, this.#base.href) ? new URL(uri, this.#base) : undefined;
    if (url?.origin !== this.#base.origin) throw new PlaylistError('a URI of another server');
    return this.#connection.get(url.pathname + url.search, { maxBytes, timeoutMs });
  }
}

const blockingMs = ({ partTargetMs }: MediaPlaylist): number =>
  READY_TIMEOUT_MS + BLOCKING_PARTS * partTargetMs;
