/** Says which stream a tile plays, who makes it and why it was chosen, for the tile's details. Pure. */
import { text } from '../../texts/text.ts';
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
    words.push(text(playing.id === main?.id ? 'rungMain' : 'rungSub', sizeWords(playing)));
    const { passedOn } = decodeWish({ rungs, shownHeightPx, current: rung, playable });
    if (passedOn === playing.id) words.push(text('rungPassedOn'));
  } else {
    const from = main !== undefined && main.height > playing.height;
    const size = sizeWords(playing);
    words.push(from ? text('rungMadeFrom', size, sizeWords(main)) : text('rungMade', size));
    if (main !== undefined && !playable(main).supported) {
      words.push(text('rungUnplayed', codecWords(main.codecs)));
    } else if (main !== undefined && wasTooMuch(main.id)) {
      words.push(text('rungTooMuch'));
    }
  }
  if (thin) words.push(text('rungThin'));
  if (playing.pictures === 'keyframes') {
    words.push(text('rungKeyframes'));
  }
  return words.join(': ');
}

/** Why nothing can be played of a camera whose every rung this browser refuses. */
export function unplayableWords(rungs: readonly RungSize[]): string {
  return text('rungNothing', codecWords(rungs[0]?.codecs));
}

function sizeWords({ width, height }: RungSize): string {
  return width === undefined || width === 0 ? `${height}p` : `${width}×${height}`;
}

const CODEC_WORDS: readonly (readonly [start: RegExp, words: string])[] = [
  [/^avc[13]/, 'H.264'],
  [/^(hvc1|hev1)/, 'H.265 (HEVC)'],
];

function codecWords(codecs: string | undefined): string {
  return CODEC_WORDS.find(([start]) => start.test(codecs ?? ''))?.[1] ?? codecs ?? text('rungItsCodec');
}
