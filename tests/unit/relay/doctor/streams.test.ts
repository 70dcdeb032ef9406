import { describe, expect, it } from 'vitest';
import { judgeStreams, type SeenStream } from '../../../../relay/doctor/streams.ts';

/** Number of the block of two by two pixels, in its line and the next, that this byte of a still belongs to. */
const blockOf = (byte: number): number => {
  const pixel = Math.floor(byte / 3);
  return 32 * Math.floor(pixel / 128) + Math.floor((pixel % 64) / 2);
};

const MAIN = 'cameras[0] door';
const SUB = `${MAIN}, substream 1`;
const stream = (where: string, width: number, height: number, codec = 'h264'): SeenStream => ({
  where,
  facts: { codec, size: { width, height } },
});
const warnings = (hasSubstreams: boolean, ...streams: SeenStream[]): string[] =>
  judgeStreams(MAIN, hasSubstreams, streams).flatMap(({ level, where, what }) =>
    level === 'ok' ? [] : [`${level} ${where}: ${what}`],
  );

describe('judgeStreams', () => {
  it('names codec and size of each stream', () => {
    const findings = judgeStreams(MAIN, true, [stream(MAIN, 3840, 2160, 'hevc'), stream(SUB, 640, 360)]);
    expect(findings).toEqual([
      { level: 'ok', where: MAIN, what: 'sends H.265, 3840x2160', fix: '' },
      { level: 'ok', where: SUB, what: 'sends H.264, 640x360', fix: '' },
    ]);
  });

  it('warns of what has to be encoded all the time', () => {
    expect(warnings(true, stream(MAIN, 1280, 720, 'mjpeg'))).toEqual([
      `warn ${MAIN}: is neither H.264 nor H.265: this host decodes and encodes it all the time, at 1280x720`,
    ]);
  });

  it.each([
    [2000, []],
    [8000, ['has its keyframes far apart']],
    ['rare', ['sent no second keyframe in ten seconds']],
  ] as const)('warns of keyframes %s ms apart', (gopMs, expected) => {
    const facts = { codec: 'h264', size: { width: 1280, height: 720 }, gopMs };
    const findings = judgeStreams(MAIN, true, [{ where: MAIN, facts }]);
    expect(findings[0]?.what).toBe(
      gopMs === 'rare'
        ? 'sends H.264, 1280x720'
        : `sends H.264, 1280x720, a keyframe every ${gopMs / 1000}.0 s`,
    );
    expect(findings.slice(1).map(({ what }) => what.split(':')[0])).toEqual(expected);
  });

  it.each([
    [3840, 2160, '9.0'],
    [1920, 1080, '2.3'],
  ])('says what a missing substream costs at %ix%i', (width, height, times) => {
    expect(warnings(false, stream(MAIN, width, height))).toEqual([
      `warn ${MAIN}: has no substream: for each small tile this host decodes ${width}x${height}, ${times} times as much as 1280x720, and encodes it anew, or the browser decodes it in full`,
    ]);
  });

  it('misses none of a small camera, nor one that is configured and was not seen', () => {
    expect(warnings(false, stream(MAIN, 1280, 720))).toEqual([]);
    expect(warnings(true, stream(MAIN, 3840, 2160))).toEqual([]);
  });

  it.each([
    [1920, 1080, 'larger than the main stream (1920x1080 beside 1280x720)'],
    [1280, 720, 'as large as the main stream (1280x720 beside 1280x720)'],
  ])('finds a substream of %ix%i too large', (width, height, what) => {
    expect(warnings(true, stream(MAIN, 1280, 720), stream(SUB, width, height))).toEqual([
      `warn ${SUB}: is ${what}`,
    ]);
  });

  it('suspects another camera where the shape differs', () => {
    expect(warnings(true, stream(MAIN, 1920, 1080), stream(SUB, 640, 480))).toEqual([
      `warn ${SUB}: has another shape than the main stream (640x480 beside 1920x1080): it may be another camera, or a cropped or squeezed picture`,
    ]);
  });

  it.each([
    [640, 368],
    [848, 480],
  ])('takes %ix%i for the shape of 16:9', (width, height) => {
    expect(warnings(true, stream(MAIN, 1920, 1080), stream(SUB, width, height))).toEqual([]);
  });

  it('suspects another camera where the pictures differ, and says nothing where one is dark', () => {
    const scene = (picture: (index: number) => number, of: SeenStream): SeenStream => {
      if (typeof of.facts === 'string') throw new Error(of.facts);
      return {
        ...of,
        facts: {
          ...of.facts,
          still: Uint8Array.from({ length: 64 * 36 * 3 }, (_, n) => picture(blockOf(n))),
        },
      };
    };
    const [main, sub] = [stream(MAIN, 1920, 1080), stream(SUB, 640, 360)];
    const street = (n: number): number => (n * 7) % 200;
    const brighter = (n: number): number => street(n) / 2 + 120;
    const hall = (n: number): number => (n * 31) % 190;
    expect(warnings(true, scene(street, main), scene(brighter, sub))).toEqual([]);
    expect(
      warnings(
        true,
        scene(street, main),
        scene(() => 16, sub),
      ),
    ).toEqual([]);
    expect(warnings(true, scene(street, main), scene(hall, sub))).toEqual([
      expect.stringMatching(
        /^warn .*: does not look like the main stream .*: it seems to be another camera$/,
      ),
    ]);
  });

  it('tells why a stream could not be seen, and compares with none that was not', () => {
    const main = { where: MAIN, facts: 'sends no picture within 10 s' };
    expect(warnings(true, main, stream(SUB, 640, 480))).toEqual([
      `warn ${MAIN}: no picture could be read: sends no picture within 10 s`,
    ]);
    expect(warnings(true, stream(SUB, 640, 480))).toEqual([]);
  });
});
