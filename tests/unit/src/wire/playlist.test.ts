import * as fc from 'fast-check';
import parseM3U8 from 'm3u8parse';
import { describe, expect, it } from 'vitest';
import {
  type PlaylistUris,
  RELATIVE_URIS,
  renderMediaPlaylist,
  renderMultivariantPlaylist,
} from '../../../../src/wire/playlist.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';

/** m3u8parse is another reader of the same specification: what it understands is what we meant. */
const read = (text: string) => parseM3U8(text, { type: 'media' });

interface Piece {
  readonly durationMs: number;
  readonly independent: boolean;
  readonly startsSegment: boolean;
  readonly newEpoch: boolean;
}

function build(pieces: readonly Piece[], windowMs = 5000, firstMsn = 0): Timeline {
  const timeline = new Timeline({ windowMs, firstMsn });
  let epoch = 0;
  let pdtMs = 1_700_000_000_000.25;
  for (const { newEpoch, ...piece } of pieces) {
    if (newEpoch) {
      epoch += 1;
      pdtMs += 1234.5;
    }
    const initId = `e${epoch}`;
    timeline.addInit({ id: initId, bytes: new Uint8Array(), codecs: 'avc1.42c01e', width: 640, height: 360 });
    timeline.append({ ...piece, epoch, initId, pdtMs, data: new Uint8Array() });
    pdtMs += piece.durationMs;
  }
  return timeline;
}

const steady = (parts: number, gop = 10): Piece[] =>
  Array.from({ length: parts }, (_, n) => ({
    durationMs: 100,
    independent: n % gop === 0,
    startsSegment: n % gop === 0,
    newEpoch: false,
  }));

const piece: fc.Arbitrary<Piece> = fc.record({
  durationMs: fc.double({ min: 1, max: 1000, noNaN: true }),
  independent: fc.boolean(),
  startsSegment: fc.boolean(),
  newEpoch: fc.nat(12).map((n) => n === 0),
});

describe('renderMediaPlaylist', () => {
  it('renders a small live playlist', () => {
    expect(renderMediaPlaylist(build(steady(12)))).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:9',
        '#EXT-X-TARGETDURATION:1',
        '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.300',
        '#EXT-X-PART-INF:PART-TARGET=0.10000',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-DISCONTINUITY-SEQUENCE:0',
        '#EXT-X-MAP:URI="init-e0.mp4"',
        '#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z',
        '#EXT-X-PART:DURATION=0.10000,URI="part-0.m4s",INDEPENDENT=YES',
        ...Array.from({ length: 9 }, (_, n) => `#EXT-X-PART:DURATION=0.10000,URI="part-${n + 1}.m4s"`),
        '#EXTINF:1.00000,',
        'seg-0.m4s',
        '#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.000Z',
        '#EXT-X-PART:DURATION=0.10000,URI="part-10.m4s",INDEPENDENT=YES',
        '#EXT-X-PART:DURATION=0.10000,URI="part-11.m4s"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-12.m4s"',
        '',
      ].join('\n'),
    );
  });

  it('lists what it hinted at under the same name, also when a new segment begins with it', () => {
    // After the tenth part nobody knows yet that the next one is a keyframe.
    for (const parts of [9, 10, 11]) {
      const hint = read(renderMediaPlaylist(build(steady(parts)))).meta.preload_hints?.[0]?.get(
        'uri',
        'string',
      );
      const listed = read(renderMediaPlaylist(build(steady(parts + 1))))
        .segments.at(-1)
        ?.parts?.at(-1);
      expect(listed?.get('uri', 'string')).toBe(hint);
    }
  });

  it('hints at the first part of the next segment while none is open', () => {
    const timeline = build(steady(10));
    const named: unknown[] = [];
    const part: PlaylistUris['part'] = (name) => `${named.push(name)}`;
    timeline.closeSegment();
    renderMediaPlaylist(timeline, { uris: { ...RELATIVE_URIS, part } });
    expect(named.at(-1)).toEqual({ msn: 1, index: 0, serial: 10 });
  });

  it('uses the addresses that it is given', () => {
    const part: PlaylistUris['part'] = ({ msn, index }) => `p/${msn}/${index}`;
    const uris = { ...RELATIVE_URIS, part };
    expect(renderMediaPlaylist(build(steady(1)), { uris })).toContain('URI="p/0/0"');
  });

  it('lists parts near the edge only', () => {
    const { segments } = read(renderMediaPlaylist(build(steady(75), 60_000)));
    expect(segments.map(({ parts }) => parts?.length ?? 0)).toEqual([0, 0, 0, 0, 10, 10, 10, 5]);
  });

  it('reads back as what the timeline holds, whatever that is', () => {
    void fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 80 }),
        fc.nat(1000),
        fc.boolean(),
        (pieces, firstMsn, closeLast) => {
          const timeline = build(pieces, 5000, firstMsn);
          if (closeLast) timeline.closeSegment();
          const text = renderMediaPlaylist(timeline);
          const playlist = read(text);
          const { segments } = timeline;
          expect(playlist.segments).toHaveLength(segments.length);
          expect(playlist.media_sequence).toBe(segments[0]?.msn);
          expect(playlist.discontinuity_sequence ?? 0).toBe(timeline.discontinuitySequence);
          segments.forEach((segment, n) => {
            const found = playlist.segments[n];
            expect(found?.discontinuity ?? false).toBe(segment.discontinuity);
            expect(Math.abs((found?.program_time?.getTime() ?? 0) - segment.pdtMs)).toBeLessThanOrEqual(1);
            expect(playlist.mapForMsn(segment.msn)?.get('uri', 'string')).toBe(`init-${segment.initId}.mp4`);
            expect(found?.uri).toBe(segment.closed ? `seg-${segment.msn}.m4s` : undefined);
            if (segment.closed) expect(found?.duration).toBeCloseTo(segment.durationMs / 1000, 4);
            const parts = found?.parts;
            if (parts === undefined) return;
            expect(parts.map((part) => part.get('uri', 'string'))).toEqual(
              segment.parts.map(({ serial }) => `part-${serial}.m4s`),
            );
            parts.forEach((part, p) => {
              const source = segment.parts[p];
              expect(part.get('duration', 'float')).toBeCloseTo((source?.durationMs ?? 0) / 1000, 4);
              expect(part.get('independent') === 'YES').toBe(source?.independent);
            });
          });
          const hint = playlist.meta.preload_hints?.[0]?.get('uri', 'string');
          expect(hint).toBe(`part-${pieces.length}.m4s`);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps the promises of its header: no segment rounds above the target, no part is longer than PART-TARGET', () => {
    void fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 60 }), (pieces) => {
        const playlist = read(renderMediaPlaylist(build(pieces)));
        const partTarget = Number(playlist.part_info?.get('part-target', 'float'));
        const holdBack = Number(playlist.server_control?.get('part-hold-back', 'float'));
        expect(playlist.server_control?.get('can-block-reload')).toBe('YES');
        expect(holdBack).toBeGreaterThanOrEqual(partTarget * 2);
        for (const { duration, parts } of playlist.segments) {
          if (duration !== undefined)
            expect(Math.round(duration)).toBeLessThanOrEqual(playlist.target_duration);
          for (const part of parts ?? [])
            expect(Number(part.get('duration', 'float'))).toBeLessThanOrEqual(partTarget);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('renderMultivariantPlaylist', () => {
  it('names every rung with what it needs, in the order given', () => {
    const text = renderMultivariantPlaylist([
      {
        uri: 'main/media.m3u8',
        bandwidth: 2_000_000.4,
        averageBandwidth: 1_500_000.5,
        codecs: 'avc1.640028',
        width: 1920,
        height: 1080,
        fps: 30,
      },
      { uri: 'small/media.m3u8', bandwidth: 300_000, codecs: 'avc1.42c01e', width: 320, height: 180 },
    ]);
    const playlist = parseM3U8(text, { type: 'main' });
    expect(playlist.independent_segments).toBe(true);
    expect(playlist.variants.map(({ info }) => info?.get('closed-captions'))).toEqual(['NONE', 'NONE']);
    expect(
      playlist.variants.map(({ uri, info }) => [
        uri,
        info?.get('bandwidth', 'int'),
        info?.get('average-bandwidth', 'int'),
        info?.get('codecs', 'string'),
        info?.get('resolution', 'resolution'),
        info?.get('frame-rate', 'float'),
      ]),
    ).toEqual([
      ['main/media.m3u8', 2_000_001, 1_500_001, 'avc1.640028', { width: 1920, height: 1080 }, 30],
      ['small/media.m3u8', 300_000, undefined, 'avc1.42c01e', { width: 320, height: 180 }, undefined],
    ]);
  });
});
