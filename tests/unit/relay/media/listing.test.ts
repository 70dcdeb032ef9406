/** What players see of a live playlist from one part to the next, as RFC 8216bis wants it; m3u8parse reads it. */
import * as fc from 'fast-check';
import parseM3U8 from 'm3u8parse';
import { describe, expect, it } from 'vitest';
import { heldMsFor, playerListing } from '../../../../relay/media/listing.ts';
import { renderMediaPlaylist } from '../../../../src/wire/playlist.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';

const FRAME_MS = 1000 / 30;

interface Live {
  readonly timeline: Timeline;
  /** Appends a part, with `lateMs` until the next picture comes. */
  next(lateMs?: number): void;
  /** The encoder was restarted. */
  restart(gapMs: number): void;
}

/** Parts of two pictures, a keyframe each second. */
function live(gopMs = 1000): Live {
  const targetDurationMs = 1000 * Math.ceil(gopMs / 1000);
  const timeline = new Timeline({ windowMs: heldMsFor(targetDurationMs), targetDurationMs });
  let pdtMs = 1_700_000_000_000;
  let epoch = 0;
  let sinceKeyframeMs = 0;
  return {
    timeline,
    next(lateMs = 0) {
      const keyframe = sinceKeyframeMs === 0;
      const initId = `e${epoch}`;
      timeline.addInit({ id: initId, bytes: new Uint8Array(), codecs: 'avc1', width: 1, height: 1 });
      const leftMs = gopMs - sinceKeyframeMs;
      const durationMs = Math.min(2 * FRAME_MS, leftMs) + lateMs;
      timeline.append({
        epoch,
        initId,
        durationMs,
        independent: keyframe,
        startsSegment: keyframe,
        pdtMs,
        data: new Uint8Array(10),
      });
      pdtMs += durationMs;
      sinceKeyframeMs += durationMs;
      if (gopMs - sinceKeyframeMs < 1) sinceKeyframeMs = 0;
    },
    restart(gapMs) {
      epoch += 1;
      pdtMs += gapMs;
      sinceKeyframeMs = 0;
    },
  };
}

const read = (timeline: Timeline, skip = false) => {
  const text = renderMediaPlaylist(timeline, { listing: playerListing(timeline), skip });
  const playlist = parseM3U8(text, { type: 'media' });
  const segments = playlist.segments.map((segment, n) => ({
    msn: playlist.media_sequence + n,
    uri: segment.uri,
    durationMs: (segment.duration ?? 0) * 1000,
    discontinuity: segment.discontinuity ?? false,
    parts: (segment.parts ?? []).map((part) => ({
      uri: part.get('uri', 'string'),
      ms: Number(part.get('duration', 'float')) * 1000,
      gap: part.get('gap') === 'YES',
    })),
  }));
  const number = (tag: string): number => Number(new RegExp(`${tag}[:=]([\\d.]+)`).exec(text)?.[1]);
  return {
    text,
    segments,
    targetMs: number('TARGETDURATION') * 1000,
    partTargetMs: number('PART-TARGET') * 1000,
    sequence: number('MEDIA-SEQUENCE'),
    discontinuitySequence: number('DISCONTINUITY-SEQUENCE'),
    skipped: Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? 0),
  };
};

/** A part, now and then a late picture, now and then a restart. */
const steps = fc.array(
  fc.record({
    lateMs: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.double({ min: 1, max: 400, noNaN: true }) },
    ),
    restartMs: fc.option(fc.nat(3000), { nil: undefined, freq: 60 }),
  }),
  { minLength: 100, maxLength: 400 },
);

describe('consecutive playlists', () => {
  it('keep what they said: target duration, part target, the order and the names of what is listed', () => {
    void fc.assert(
      fc.property(steps, fc.constantFrom(1000, 250, 2000), (list, gopMs) => {
        const { timeline, next, restart } = live(gopMs);
        const uris = new Map<string, string | undefined>();
        /** When a segment was last listed, and how long that playlist was. */
        const listed = new Map<number, { endMs: number; playlistMs: number; durationMs: number }>();
        const wrong: string[] = [];
        const must = (holds: boolean, what: string): void => {
          if (!holds) wrong.push(what);
        };
        let nowMs = 0;
        let before: ReturnType<typeof read> | undefined;
        // The first segment is as it should be: the part target is known by it.
        for (let n = 0; n < (gopMs / 1000) * 15 + 1; n += 1) next();
        for (const { lateMs, restartMs } of list) {
          if (restartMs !== undefined) restart(restartMs);
          next(lateMs);
          nowMs += timeline.segments.at(-1)?.parts.at(-1)?.durationMs ?? 0;
          const now = read(timeline);
          must(now.targetMs === (gopMs <= 1000 ? 1000 : 2000), 'the target duration is the configured one');
          must(now.sequence >= (before?.sequence ?? 0), 'the media sequence never goes back');
          must(now.partTargetMs === (before?.partTargetMs ?? now.partTargetMs), 'the part target stays');
          let behindMs = 0;
          for (const segment of now.segments.toReversed()) {
            const { msn, parts } = segment;
            const durationMs = timeline.segment(msn)?.durationMs ?? 0;
            must((uris.get(`${msn}`) ?? segment.uri) === segment.uri, 'a segment keeps its name');
            uris.set(`${msn}`, segment.uri);
            must(Math.round(durationMs / 1000) * 1000 <= now.targetMs, 'no segment rounds to more');
            parts.forEach(({ ms, gap, uri }, p) => {
              must(ms <= now.partTargetMs, 'no part is longer');
              const full = p < parts.length - 1 && !gap && parts[p + 1]?.gap === false;
              must(!full || ms >= 0.85 * now.partTargetMs, 'parts are full');
              must((uris.get(`${msn}.${p}`) ?? uri) === uri, 'a part keeps its name');
              uris.set(`${msn}.${p}`, uri);
            });
            const sumMs = parts.reduce((sum, { ms }) => sum + ms, 0);
            must(parts.length === 0 || Math.abs(sumMs - durationMs) < 1, 'parts add up');
            must(parts.length > 0 || behindMs > 3 * now.targetMs, 'parts are there for three targets');
            behindMs += durationMs;
          }
          const heldMs = timeline.segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
          must(behindMs >= Math.min(heldMs, 4 * now.targetMs) - 1, 'enough is listed');
          for (const { msn, durationMs } of now.segments)
            listed.set(msn, { endMs: nowMs, playlistMs: behindMs, durationMs });
          // What has left the list stays for its own length and that of the playlist (§6.2.2).
          for (const [msn, last] of listed) {
            if (nowMs - last.endMs > last.durationMs + last.playlistMs) listed.delete(msn);
            else must(timeline.segment(msn)?.msn === msn, 'a segment outlives its listing');
          }
          const gone = timeline.segments.filter(
            ({ msn, discontinuity }) => discontinuity && msn < now.sequence,
          );
          const sequence = timeline.discontinuitySequence + gone.length;
          must(now.discontinuitySequence === sequence, 'discontinuities are counted');
          before = now;
        }
        expect([...new Set(wrong)]).toEqual([]);
      }),
      { numRuns: 8 },
    );
  }, 30_000);

  it('tell in a delta update the end of the whole, and how much they left out', () => {
    const { timeline, next } = live();
    for (let n = 0; n < 400; n += 1) next();
    const whole = read(timeline);
    const delta = read(timeline, true);
    expect(whole.text).toContain('CAN-SKIP-UNTIL=6.000');
    expect(delta.skipped).toBeGreaterThan(0);
    expect(delta.sequence).toBe(whole.sequence);
    const names = ({ text }: { text: string }): string[] => text.match(/^seg-.*$/gm) ?? [];
    expect(names(delta)).toEqual(names(whole).slice(delta.skipped));
    // Nothing within the skip boundary is left out.
    expect(names(delta).length).toBeGreaterThanOrEqual(6);
  });

  it('offer no delta updates where the list is too short for any', () => {
    const { timeline, next } = live(2000);
    for (let n = 0; n < 400; n += 1) next();
    expect(read(timeline, true).text).not.toMatch(/SKIP/);
  });
});

describe('a part that is longer than any may be', () => {
  it('is told as one of the part target and gaps for the rest, under the names that the next ones keep', () => {
    const { timeline, next } = live();
    for (let n = 0; n < 31; n += 1) next();
    next(150);
    next();
    const last = read(timeline).segments.at(-1);
    expect(last?.parts.map(({ uri, gap }) => [uri, gap])).toEqual([
      ['part-30.m4s', false],
      ['part-31.m4s', false],
      ['gap.m4s', true],
      ['gap.m4s', true],
      ['gap.m4s', true],
      ['part-32.m4s', false],
    ]);
    expect(last?.parts.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(6 * FRAME_MS + 150, 1);
  });
});

describe('what is held', () => {
  it('is the history that the wall needs with keyframes each second, and grows with their distance', () => {
    expect(heldMsFor(1000)).toBe(16_000);
    expect(heldMsFor(2000)).toBe(20_000);
    // Players hold back three target durations: they find them listed.
    expect(heldMsFor(10_000)).toBeGreaterThan(2 * 3 * 10_000);
  });
});
