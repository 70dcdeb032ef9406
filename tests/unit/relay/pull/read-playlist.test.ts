import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import parseM3U8, { MediaPlaylist as OracleMedia } from 'm3u8parse';
import { describe, expect, it } from 'vitest';
import {
  type MediaPlaylist,
  PlaylistError,
  readMultivariant,
  readPlaylist,
} from '../../../../relay/pull/read-playlist.ts';

/**
 * Captured from MediaMTX 1.20.1 with parts of 50 ms, which read 640x360 at 30 fps from ffmpeg over RTSP:
 * index, first, later, delta: keyframe every second; as soon as there was an answer, 3.5 s later, with _HLS_skip.
 * target-before, target-after: the first keyframe distance was 0.2 s, so that TARGETDURATION grew from 0 to 1.
 * frozen-first, frozen-later: three frames were missing in the first second.
 */
const captured = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.m3u8`, import.meta.url), 'utf8');
const NAMES = [
  'first',
  'later',
  'delta',
  'target-before',
  'target-after',
  'frozen-first',
  'frozen-later',
] as const;

const partCounts = ({ segments, open }: MediaPlaylist): number[] =>
  [...segments, open].map(({ parts }) => parts.length);

describe('readPlaylist', () => {
  it('reads the first list of a muxer: seven gaps less the one that left, one segment, nothing open', () => {
    const list = readPlaylist(captured('first'));
    expect(list.segments.map(({ msn }) => msn)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(list.segments.map(({ gap }) => gap)).toEqual([true, true, true, true, true, true, false]);
    expect(partCounts(list)).toEqual([0, 0, 0, 0, 0, 0, 15, 0]);
    expect(list.open.msn).toBe(8);
    expect(list.initUri).toMatch(/^[0-9a-f]{12}_video1_init\.mp4$/);
    expect(list.preloadHint).toMatch(/_video1_part15\.mp4$/);
    expect(list.segments.at(-1)?.parts[14]).toEqual({
      uri: list.preloadHint?.replace('part15', 'part14'),
      durationMs: expect.closeTo(66.67),
      gap: false,
    });
  });

  it('reads parts and times where only the last segments have them', () => {
    const list = readPlaylist(captured('later'));
    const withParts = list.segments.filter(({ parts }) => parts.length > 0).map(({ msn }) => msn);
    const withTime = list.segments.filter(({ pdtMs }) => pdtMs !== undefined).map(({ msn }) => msn);
    expect(withParts).toEqual([9, 10]);
    expect(withTime).toEqual([9, 10]);
    expect(list.open.parts.length).toBeGreaterThan(0);
    const [, , , , , ninth, tenth] = list.segments;
    expect((tenth?.pdtMs ?? 0) - (ninth?.pdtMs ?? 0)).toBe(1000);
  });

  it('numbers the segments of a delta update as the whole list does', () => {
    const delta = readPlaylist(captured('delta'));
    const whole = readPlaylist(captured('later'));
    expect(delta.initUri).toBeUndefined();
    expect(delta.segments.length).toBe(whole.segments.length - 2);
    expect(delta.segments.at(-1)).toEqual(whole.segments.at(-1));
    expect(delta.open.msn).toBe(whole.open.msn);
  });

  it('reads a TARGETDURATION that grows, from 0 on', () => {
    expect(readPlaylist(captured('target-before')).targetDurationMs).toBe(0);
    expect(readPlaylist(captured('target-after')).targetDurationMs).toBe(1000);
  });

  it('reads the part duration that is served, whatever was configured', () => {
    expect(readPlaylist(captured('first')).partTargetMs).toBe(67);
    expect(readPlaylist(captured('frozen-later')).partTargetMs).toBe(234);
  });

  it.each(NAMES)('understands "%s" as another reader does', (name) => {
    const list = readPlaylist(captured(name));
    const oracle = OracleMedia.cast(parseM3U8(captured(name)));
    const closed = oracle.segments.filter(({ uri }) => uri !== undefined);
    const uris = oracle.segments.flatMap(({ parts }) =>
      (parts ?? []).map((part) => part.get('uri', 'string')),
    );
    expect([...list.segments, list.open].flatMap(({ parts }) => parts.map(({ uri }) => uri))).toEqual(uris);
    expect(list.segments.map(({ durationMs }) => durationMs / 1000)).toEqual(
      closed.map(({ duration }) => expect.closeTo(duration ?? Number.NaN)),
    );
    expect(list.segments.map(({ pdtMs }) => pdtMs)).toEqual(
      closed.map(({ program_time }) => program_time?.getTime()),
    );
    expect(list.partTargetMs / 1000).toBeCloseTo(oracle.part_info?.get('part-target', 'float') ?? Number.NaN);
    expect(list.preloadHint).toBe(oracle.meta.preload_hints?.[0]?.get('uri', 'string'));
  });

  it('ignores tags that it does not know, blank lines and carriage returns', () => {
    const noisy = captured('later').replaceAll('\n', '\r\n\r\n#EXT-X-NEW:A="b,c",D=1\r\n# a comment\r\n');
    expect(readPlaylist(noisy)).toEqual(readPlaylist(captured('later')));
  });

  it('keeps a comma inside quotes in the attribute that it belongs to', () => {
    const list = readPlaylist(captured('first').replace(/URI="[^"]*_part15\.mp4"/, 'URI="a,TYPE=MAP.mp4"'));
    expect(list.preloadHint).toBe('a,TYPE=MAP.mp4');
  });

  it.each([
    ['an empty answer', '', 'empty answer'],
    ['a page', '<html>', 'first line is "<html>", not #EXTM3U'],
    ['a list without parts', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n', 'no parts: not a low-latency playlist'],
    ['a missing target duration', '#EXTM3U\n', 'no EXT-X-TARGETDURATION'],
    ['a part without an address', [/URI="[^"]*_part3\.mp4"/, ''], 'EXT-X-PART has no usable URI'],
    ['an endless part', [/DURATION=0\.06667/, 'DURATION=1e99'], 'DURATION is "1e99"'],
    ['a part of a year', [/DURATION=0\.06667/, 'DURATION=31536000'], 'DURATION is "31536000"'],
    ['a negative length', [/EXTINF:1\.00000/, 'EXTINF:-1'], 'EXTINF is "-1"'],
    ['a sequence that is no number', [/SEQUENCE:1/, 'SEQUENCE:0x1'], 'EXT-X-MEDIA-SEQUENCE is "0x1"'],
    ['a date that is none', [/DATE-TIME:.*/, 'DATE-TIME:soon'], 'EXT-X-PROGRAM-DATE-TIME is "soon"'],
    [
      'a quote that stays open',
      [/_part3\.mp4"/, '_part3.mp4'],
      'open quote in "#EXT-X-PART:DURATION=0.06667,URI="',
    ],
    [
      'a second init segment',
      [/#EXT-X-PROGRAM/, '#EXT-X-MAP:URI="b.mp4"\n#EXT-X-PROGRAM'],
      'more than one EXT-X-MAP',
    ],
    ['a segment without its length', [/#EXTINF:1\.00000,\ngap/, 'gap'], 'segment without EXTINF'],
  ] as const)('refuses %s in half a sentence', (_what, input, message) => {
    const text = typeof input === 'string' ? input : captured('first').replace(input[0], input[1]);
    expect(() => readPlaylist(text)).toThrow(PlaylistError);
    expect(() => readPlaylist(text)).toThrow(message);
  });

  it('does not repeat control characters of what it refuses', () => {
    expect(() => readPlaylist('\u001b[31mred')).toThrow('first line is "?[31mred"');
  });
});

/** A captured list in which pieces were cut out, doubled, or overwritten. */
const damaged = fc
  .tuple(
    fc.constantFrom(...NAMES, 'index'),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60), fc.string({ maxLength: 12 })), {
      minLength: 1,
      maxLength: 8,
    }),
  )
  .map(([name, cuts]) =>
    cuts.reduce((text, [where, length, insert]) => {
      const at = Math.floor(where * text.length);
      return text.slice(0, at) + insert + text.slice(at + length);
    }, captured(name)),
  );

const tags = fc.constantFrom(
  ...[
    '#EXTM3U',
    '#EXT-X-PART:',
    '#EXT-X-SKIP:SKIPPED-SEGMENTS=',
    '#EXTINF:',
    '#EXT-X-MAP:URI="',
    '#EXT-X-GAP',
  ],
  ...[
    '#EXT-X-MEDIA-SEQUENCE:',
    '#EXT-X-PART-INF:PART-TARGET=',
    '#EXT-X-TARGETDURATION:',
    '=',
    ',',
    '"',
    '\n',
    '1',
  ],
);
const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.oneof(tags, fc.string({ maxLength: 5 })), { maxLength: 60 })
    .map((pieces) => `#EXTM3U\n${pieces.join('')}`),
  damaged,
);

/** What `read` gave, or undefined when it refused as it should. */
function outcome<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(PlaylistError);
    return undefined;
  }
}

describe('any text at all', () => {
  it('is a playlist with sound numbers, or a PlaylistError', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const list = outcome(() => readPlaylist(text));
        for (const segment of list?.segments ?? []) {
          expect(Number.isSafeInteger(segment.msn)).toBe(true);
          expect(segment.durationMs).toBeGreaterThanOrEqual(0);
        }
        for (const part of [...(list?.segments ?? []), ...(list === undefined ? [] : [list.open])].flatMap(
          ({ parts }) => parts,
        )) {
          expect(part.durationMs).toBeGreaterThanOrEqual(0);
          expect(part.durationMs).toBeLessThanOrEqual(3_600_000);
          expect(part.uri).toMatch(/^[\x21-\x7e]+$/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is a stream of the multivariant playlist, or a PlaylistError', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const variant = outcome(() => readMultivariant(text));
        if (variant !== undefined) expect(Number.isSafeInteger(variant.bandwidth)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('readMultivariant', () => {
  it('reads the one stream of a path', () => {
    expect(readMultivariant(captured('index'))).toEqual({
      uri: 'video1_stream.m3u8',
      bandwidth: 707_224,
      codecs: 'avc1.42c01e',
      size: { width: 640, height: 360 },
      frameRate: 30,
    });
  });

  it('does without what a stream may leave out', () => {
    expect(readMultivariant('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8')).toEqual({
      uri: 'a.m3u8',
      bandwidth: 1,
      codecs: undefined,
      size: undefined,
      frameRate: undefined,
    });
  });

  it.each([
    ['no stream', '#EXTM3U\n', 'multivariant playlist without a stream'],
    ['no bandwidth', '#EXTM3U\n#EXT-X-STREAM-INF:CODECS="a"\na.m3u8', 'BANDWIDTH is ""'],
    ['a size in words', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=big\na', 'RESOLUTION is "big"'],
    ['a rate in words', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,FRAME-RATE=fast\na', 'FRAME-RATE is "fast"'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => readMultivariant(text)).toThrow(message);
  });
});
