import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frozenParts, nextPosition, PullCursor, type PullStep } from '../../../../relay/pull/pull-policy.ts';
import { type MediaPlaylist, readPlaylist } from '../../../../relay/pull/read-playlist.ts';

const captured = (name: string): MediaPlaylist =>
  readPlaylist(readFileSync(new URL(`./fixtures/${name}.m3u8`, import.meta.url), 'utf8'));

const PART_MS = 100;

interface ListOptions {
  readonly prefix?: string;
  /** Closed segments whose parts are still listed. */
  readonly withParts?: number;
  readonly firstMsn?: number;
}

/** A list as MediaMTX would give it: segments of the given numbers of parts, the last one open. */
function list(lengths: readonly number[], options: ListOptions = {}): MediaPlaylist {
  const { prefix = 'a', withParts = 2, firstMsn = 7 } = options;
  const segments = lengths.map((length, n) => {
    const parts = Array.from({ length }, (_, index) => ({
      uri: `${prefix}-${firstMsn + n}-${index}`,
      durationMs: PART_MS,
      gap: false,
    }));
    const closed = lengths.length - 1 - n;
    return {
      msn: firstMsn + n,
      durationMs: length * PART_MS,
      gap: false,
      pdtMs: undefined,
      parts: closed > withParts ? [] : parts,
    };
  });
  const open = segments.pop();
  if (open === undefined) throw new Error('no segments');
  return { targetDurationMs: 1000, partTargetMs: PART_MS, initUri: 'i', preloadHint: 'h', segments, open };
}

const uris = (step: PullStep): string[] => (step.kind === 'parts' ? step.parts.map(({ uri }) => uri) : []);

/** Delivers all that a list offers. */
function take(cursor: PullCursor, playlist: MediaPlaylist): PullStep {
  const step = cursor.step(playlist);
  if (step.kind === 'parts') for (const part of step.parts) cursor.delivered(part);
  return step;
}

describe('PullCursor', () => {
  it('begins with the oldest part that is listed, after the gaps', () => {
    const step = new PullCursor().step(captured('first'));
    expect(uris(step)).toHaveLength(15);
    expect(uris(step)[0]).toMatch(/_part0\.mp4$/);
  });

  it('tells how much media lies behind each part up to the newest', () => {
    const step = new PullCursor().step(list([2, 1]));
    expect(step.kind === 'parts' && step.parts.map(({ behindMs }) => behindMs)).toEqual([200, 100, 0]);
  });

  it('offers each part once', () => {
    const cursor = new PullCursor();
    take(cursor, list([3, 1]));
    expect(uris(take(cursor, list([3, 1])))).toEqual([]);
    expect(uris(take(cursor, list([3, 3, 1])))).toEqual(['a-8-1', 'a-8-2', 'a-9-0']);
  });

  it('offers a part again whose fetching failed', () => {
    const cursor = new PullCursor();
    take(cursor, list([3, 1]));
    cursor.step(list([3, 2]));
    expect(uris(cursor.step(list([3, 2])))).toEqual(['a-8-1']);
  });

  it('does not ask again for the part that the preload hint named', () => {
    const cursor = new PullCursor();
    const before = list([3, 1]);
    take(cursor, before);
    cursor.delivered({ ...nextPosition(before), uri: 'a-8-1' });
    expect(uris(take(cursor, list([3, 2])))).toEqual([]);
  });

  it('leaves out a part that is listed as a gap', () => {
    const playlist = list([1, 2]);
    const [first, second] = playlist.open.parts;
    if (first === undefined || second === undefined) throw new Error('two parts expected');
    const gapped = { ...playlist, open: { ...playlist.open, parts: [{ ...first, gap: true }, second] } };
    expect(uris(new PullCursor().step(gapped))).toEqual(['a-7-0', 'a-8-1']);
  });

  it('goes on at the oldest listed part when others have left the list', () => {
    const cursor = new PullCursor();
    take(cursor, list([3, 1]));
    const step = take(cursor, list([3, 3, 3, 3, 1]));
    expect(uris(step)[0]).toBe('a-9-0');
    expect(uris(take(cursor, list([3, 3, 3, 3, 2])))).toEqual(['a-11-1']);
  });

  it.each([
    ['its sequence went back', list([3, 1])],
    ['the newest part has another name', list([3, 3, 3, 1], { prefix: 'b' })],
  ])('takes a list for another muxer when %s', (_why, playlist) => {
    const cursor = new PullCursor();
    take(cursor, list([3, 3, 3, 1]));
    expect(cursor.step(playlist)).toEqual({ kind: 'other-muxer' });
  });

  it('delivers every part once and in order, whatever lists are seen, and all that is still listed', () => {
    const segmentLength = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.array(segmentLength, { minLength: 3, maxLength: 12 }),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 40 }),
        (lengths, steps) => {
          const all = lengths.flatMap((length, n) => Array.from({ length }, (_, i) => `a-${7 + n}-${i}`));
          const cursor = new PullCursor();
          const got: string[] = [];
          let count = 1;
          for (const parts of steps) {
            count = Math.min(all.length - 1, count + parts);
            const shown = list(cut(lengths, count));
            const step = take(cursor, shown);
            if (step.kind === 'other-muxer') throw new Error('one muxer was taken for two');
            got.push(...uris(step));
            const listed = [...shown.segments, shown.open].flatMap((segment) => segment.parts);
            expect(got).toEqual(expect.arrayContaining(listed.map(({ uri }) => uri)));
          }
          const places = got.map((uri) => all.indexOf(uri));
          places.forEach((place, n) => {
            expect(place).toBeGreaterThan(places[n - 1] ?? -1);
          });
        },
      ),
    );
  });
});

/** The lengths of the segments when `count` parts are complete: a segment closes with its last part. */
function cut(lengths: readonly number[], count: number): number[] {
  const shown: number[] = [];
  let left = count;
  for (const length of lengths) {
    shown.push(Math.min(left, length));
    left -= length;
    if (left < 0) break;
  }
  return shown;
}

describe('frozenParts', () => {
  const judge = (name: string, configuredPartMs = 50, frameMs: number | undefined = 1000 / 30) =>
    frozenParts({ segments: captured(name).segments, configuredPartMs, frameMs });

  it('accepts parts that setting and frame rate explain', () => {
    expect(judge('later')).toBeUndefined();
  });

  it('finds parts of 233 ms where 50 ms were wanted', () => {
    const verdict = judge('frozen-later');
    expect(verdict?.partMs).toBeCloseTo(233.33);
    expect(verdict?.expectedMs).toBeCloseTo(83.33);
  });

  it('accepts the same parts where they were wanted so long, or frames are so far apart', () => {
    expect(judge('frozen-later', 200)).toBeUndefined();
    expect(judge('frozen-later', 50, 200)).toBeUndefined();
  });

  it('waits for a second segment', () => {
    expect(judge('frozen-first')).toBeUndefined();
  });

  it('says nothing where nobody knows the frame rate', () => {
    expect(
      frozenParts({ segments: captured('frozen-later').segments, configuredPartMs: 50, frameMs: undefined }),
    ).toBeUndefined();
  });

  it('forgives one long part, as after a late frame', () => {
    const { segments } = list([5, 5, 1]);
    const late = segments.map((segment, n) => ({
      ...segment,
      parts: segment.parts.map((part, i) => (n === 1 && i === 2 ? { ...part, durationMs: 900 } : part)),
    }));
    expect(frozenParts({ segments: late, configuredPartMs: 90, frameMs: 1000 / 30 })).toBeUndefined();
  });
});
