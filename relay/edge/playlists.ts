/**
 * Playlists as they go out: made once for each part, whoever asks, with a validator and compressed. Ten players on one
 * rung else cost ten renderings and ten compressions, 15 times a second each.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip as compress, constants } from 'node:zlib';
import {
  listedParts,
  type PlaylistUris,
  RELATIVE_URIS,
  type RenditionReport,
  renderMediaPlaylist,
} from '../../src/wire/playlist.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import type { RungMedia } from '../camera/camera.ts';
import { playerListing } from '../media/listing.ts';

/** One body in the two ways that it is sent. */
export class PlaylistBody {
  readonly text: string;
  /** Weak, since it stands for the plain and the compressed form alike. */
  readonly etag: string;
  #gzip: Promise<Buffer> | undefined;

  constructor(text: string) {
    this.text = text;
    this.etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
  }

  /** Made when it is first asked for. Addresses of parts differ in their numbers only: the quickest level does. */
  gzip(): Promise<Buffer> {
    this.#gzip ??= promisify(compress)(this.text, { level: constants.Z_BEST_SPEED });
    return this.#gzip;
  }
}

interface Made {
  /** What the timeline was like. */
  readonly state: string;
  whole?: PlaylistBody;
  delta?: PlaylistBody;
}

export interface PlaylistRequest {
  /** The camera's other rungs, for their rendition reports: as they were when this one's newest part came. */
  readonly others: readonly RungMedia[];
  /** Asks for a delta update. */
  readonly skip: boolean;
  /** Stands in every media address: always the same for one timeline. */
  readonly run: string;
}

export class MediaPlaylists {
  readonly #made = new WeakMap<Timeline, Made>();

  body(timeline: Timeline, { others, skip, run }: PlaylistRequest): PlaylistBody {
    const state = `${timeline.nextSerial} ${timeline.nextMsn} ${timeline.open === undefined}`;
    let made = this.#made.get(timeline);
    if (made?.state !== state) {
      made = { state };
      this.#made.set(timeline, made);
    }
    const kind = skip ? 'delta' : 'whole';
    made[kind] ??= new PlaylistBody(
      renderMediaPlaylist(timeline, {
        uris: urisOf(run),
        listing: playerListing(timeline),
        skip,
        reports: others.map(reportOf).filter((report) => report !== undefined),
      }),
    );
    return made[kind];
  }
}

function urisOf(run: string): PlaylistUris {
  const query = `?run=${run}`;
  return {
    init: (id) => RELATIVE_URIS.init(id) + query,
    part: (part) => RELATIVE_URIS.part(part) + query,
    segment: (msn) => RELATIVE_URIS.segment(msn) + query,
  };
}

/** Undefined while players would get no playlist of it yet. */
function reportOf({ rung, timeline }: RungMedia): RenditionReport | undefined {
  const last = timeline.segments.at(-1);
  if (last === undefined || timeline.segments[0]?.closed !== true) return undefined;
  return {
    uri: `../${rung.id}/media.m3u8`,
    lastMsn: last.msn,
    lastPart: listedParts(last, timeline.partTargetMs).length - 1,
  };
}
