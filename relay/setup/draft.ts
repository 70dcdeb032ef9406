/** The cameras that `lockstep init` is about to write. Pure. */
import type { RtspSource } from '../config/schema.ts';
import { addressKey, isAddress } from '../config/streams.ts';
import { chooseStreams } from '../discovery/choose-streams.ts';
import type { Login } from '../discovery/onvif-asking.ts';
import { type SeenCamera, titleOf } from '../discovery/seen-camera.ts';

export interface Draft {
  readonly name: string;
  readonly source: RtspSource;
  /** What was seen of each stream, the main one first, as in `H.264, 1920x1080`; missing where nothing was. */
  readonly seen: readonly (string | undefined)[];
}

/** What a camera told: one for each of its lenses. */
export function draftsOf(camera: SeenCamera, login: Login | undefined): readonly Draft[] {
  if (camera.answer.kind !== 'streams') return [];
  return chooseStreams(camera.answer.streams).map(({ main, sub }, n) => ({
    name: n === 0 ? titleOf(camera) : `${titleOf(camera)} ${n + 1}`,
    source: {
      type: 'rtsp',
      url: main.url,
      ...login,
      ...(camera.id !== undefined && isAddress(main.url) ? { onvifId: camera.id } : {}),
      ...(sub === undefined ? {} : { substreams: [{ url: sub.url }] }),
    },
    seen: [],
  }));
}

/** A camera that is named by the address of its stream. */
export function draftAt(url: string, name: string | undefined): Draft {
  return { name: name ?? new URL(url).hostname, source: { type: 'rtsp', url }, seen: [] };
}

/** A user in the address counts more. */
export function withLogin(draft: Draft, login: Login): Draft {
  const { source } = draft;
  return new URL(source.url).username === '' ? { ...draft, source: { ...source, ...login } } : draft;
}

export function withoutSubstreams({ source: { substreams: _left, ...source }, ...draft }: Draft): Draft {
  return { ...draft, source };
}

/** What a camera costs this host, as a sentence. */
export function costText(codec: string): string {
  switch (codec) {
    case 'h264':
      return 'Passed on as it is: it costs this host next to nothing.';
    case 'hevc':
      return 'Passed on to browsers that play H.265; for others H.264 is made of it while somebody watches, which for 4K takes up to a core.';
    default:
      return 'Encoded on this host all the time.';
  }
}

/**
 * Those whose stream is not there yet, each once.
 * @param urls of the main streams in the configuration
 * @returns them, and a sentence for each of the others
 */
export function onlyNew(
  drafts: readonly Draft[],
  urls: readonly string[],
): { readonly drafts: readonly Draft[]; readonly left: readonly string[] } {
  const known = new Map(urls.map((url) => [addressKey(url), 'the configuration']));
  const left: string[] = [];
  const fresh = drafts.filter(({ name, source: { url } }) => {
    const other = known.get(addressKey(url));
    known.set(addressKey(url), other ?? `"${name}"`);
    if (other !== undefined) left.push(`"${name}" is left out: ${other} has the same address already.`);
    return other === undefined;
  });
  return { drafts: fresh, left };
}

const MAX_ID = 32;

/** `Front door` → `front-door`; another one when that is taken. */
export function idFor(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .toLowerCase()
    .replace(/ä|ö|ü|ß/g, (letter) => ({ ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' })[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_ID)
    .replace(/^-+|-+$/g, '');
  const base = plain === '' ? 'camera' : plain;
  for (let n = 1; ; n += 1) {
    const ending = n === 1 && plain !== '' ? '' : `-${n}`;
    const id = `${base.slice(0, MAX_ID - ending.length)}${ending}`;
    if (!taken.has(id)) return id;
  }
}
