/** Says which stream a tile plays, who makes it and why it was chosen, for the tile's details. Pure. */
import type { Playability } from '../player/playability.ts';
import { decodeWish, type RungSize } from './rung-choice.ts';

export interface RungWordsInput {
  /** All of the camera, best first. */
  readonly rungs: readonly RungSize[];
  /** The rung that plays; undefined: the relay's best. */
  readonly rung: string | undefined;
  readonly shownHeightPx: number;
  readonly playable: (rung: RungSize) => Playability;
  /** This computer was seen not to keep up with this rung. */
  readonly wasTooMuch: (rung: string) => boolean;
  /** A larger one that fits the tile is more than the link, or the user, lets it have. */
  readonly thin?: boolean;
}

/** Undefined while the relay does not tell where its rungs come from. */
export function rungWords({
  rungs,
  rung,
  shownHeightPx,
  playable,
  wasTooMuch,
  thin = false,
}: RungWordsInput): string | undefined {
  const playing = rung === undefined ? rungs[0] : rungs.find(({ id }) => id === rung);
  if (playing?.origin === undefined) return undefined;
  const streams = rungs.filter(({ origin }) => origin === 'camera').toSorted((a, b) => b.height - a.height);
  const [main] = streams;
  const words: string[] = [];
  if (playing.origin === 'camera') {
    const name = playing.id === main?.id ? 'Main stream' : 'Substream';
    words.push(`${name} ${sizeWords(playing)}, as the camera sends it`);
    const { passedOn } = decodeWish({ rungs, shownHeightPx, current: rung, playable });
    if (passedOn === playing.id) words.push('larger than the tile, but nothing has to be encoded');
  } else {
    const from = main !== undefined && main.height > playing.height;
    const source = from ? ` from the ${sizeWords(main)} stream` : '';
    words.push(`${sizeWords(playing)}, made by the relay${source}`);
    if (main !== undefined && !playable(main).supported) {
      words.push(`this browser does not play ${codecWords(main.codecs)}`);
    } else if (main !== undefined && wasTooMuch(main.id)) {
      words.push('this computer did not decode all pictures of that one');
    }
  }
  if (thin) words.push('smaller than the tile, to take less of the link');
  if (playing.pictures === 'keyframes') {
    words.push("keyframes only, since the relay's host cannot decode every picture; a substream would help");
  }
  return words.join(': ');
}

/** Why nothing can be played of a camera whose every rung this browser refuses. */
export function unplayableWords(rungs: readonly RungSize[]): string {
  return `this browser does not play ${codecWords(rungs[0]?.codecs)}, and the relay has no other stream of this camera`;
}

function sizeWords({ width, height }: RungSize): string {
  return width === undefined || width === 0 ? `${height}p` : `${width}×${height}`;
}

const CODEC_WORDS: readonly (readonly [start: RegExp, words: string])[] = [
  [/^avc[13]/, 'H.264'],
  [/^(hvc1|hev1)/, 'H.265 (HEVC)'],
];

function codecWords(codecs: string | undefined): string {
  return CODEC_WORDS.find(([start]) => start.test(codecs ?? ''))?.[1] ?? codecs ?? 'its codec';
}
