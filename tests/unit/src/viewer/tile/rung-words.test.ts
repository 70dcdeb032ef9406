import { describe, expect, it } from 'vitest';
import type { RungSize } from '../../../../../src/viewer/tile/rung-choice.ts';
import { rungWords, unplayableWords } from '../../../../../src/viewer/tile/rung-words.ts';

const MAIN: RungSize = {
  id: 'main',
  width: 1920,
  height: 1080,
  fps: 25,
  origin: 'camera',
  codecs: 'avc1.640028',
};
const HEVC: RungSize = {
  id: 'main',
  width: 3840,
  height: 2160,
  fps: 25,
  origin: 'camera',
  codecs: 'hvc1.1.6.L150.B0',
};
const SUB: RungSize = { id: 'sub', width: 640, height: 360, fps: 15, origin: 'camera' };
const MADE: RungSize = { id: '360', width: 640, height: 360, fps: 25, origin: 'transcode' };

const words = (
  rungs: readonly RungSize[],
  rung: string | undefined,
  shownHeightPx = 360,
  wasTooMuch = () => false,
) =>
  rungWords({
    ...{ rungs, rung, shownHeightPx, wasTooMuch },
    playable: ({ codecs }) => ({
      supported: codecs?.startsWith('hvc1') !== true,
      smooth: true,
      powerEfficient: false,
    }),
  });

describe('rungWords', () => {
  it.each<[string, readonly RungSize[], string | undefined, number, string]>([
    ['the only stream', [MAIN], undefined, 360, 'Main stream 1920×1080, as the camera sends it'],
    ['a substream', [MAIN, SUB], 'sub', 360, 'Substream 640×360, as the camera sends it'],
    [
      'a main stream of its size',
      [MAIN, MADE],
      'main',
      1080,
      'Main stream 1920×1080, as the camera sends it',
    ],
    [
      'a main stream that spares the relay an encoder',
      [MAIN, MADE],
      'main',
      360,
      'Main stream 1920×1080, as the camera sends it: larger than the tile, but nothing has to be encoded',
    ],
    ['a made one', [MAIN, MADE], '360', 360, '640×360, made by the relay from the 1920×1080 stream'],
    [
      'one made for want of H.265',
      [HEVC, MADE],
      '360',
      360,
      '640×360, made by the relay from the 3840×2160 stream: this browser does not play H.265 (HEVC)',
    ],
    [
      'keyframes',
      [
        { ...MAIN, width: 3840, height: 2160 },
        { ...MADE, pictures: 'keyframes' },
      ],
      '360',
      360,
      "640×360, made by the relay from the 3840×2160 stream: keyframes only, since the relay's host cannot decode every picture",
    ],
  ])('tells of %s', (_what, rungs, rung, shownHeightPx, expected) => {
    expect(words(rungs, rung, shownHeightPx)).toBe(expected);
  });

  it('says that this computer did not keep up with the stream', () => {
    expect(words([MAIN, MADE], '360', 360, () => true)).toBe(
      '640×360, made by the relay from the 1920×1080 stream: this computer did not decode all pictures of that one',
    );
  });

  it('says nothing where the relay does not tell', () => {
    expect(words([{ id: 'main', height: 1080 }], 'main')).toBeUndefined();
    expect(words([], undefined)).toBeUndefined();
    expect(words([MAIN], 'gone')).toBeUndefined();
  });

  it('says why nothing can be played', () => {
    expect(unplayableWords([HEVC])).toBe(
      'this browser does not play H.265 (HEVC), and the relay has no other stream of this camera',
    );
  });
});
