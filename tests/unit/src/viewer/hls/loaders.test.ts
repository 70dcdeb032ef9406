import type { LoaderContext, LoaderStats } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { mirrorLoader } from '../../../../../src/viewer/hls/loaders.ts';
import { MirrorFeed, PLAYLIST_URL } from '../../../../../src/viewer/hls/mirror-feed.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { bytes, init, part } from '../push/media.ts';

function mirrorWith(parts: number): Mirror {
  const mirror = new Mirror();
  mirror.addInit(init(), bytes(77));
  for (let n = 0; n < parts; n += 1) mirror.addPart(part(n), bytes(n));
  return mirror;
}

interface Request {
  /** Pieces of media, in the order in which they came. */
  readonly pieces: number[][];
  readonly answers: (string | number[])[];
  readonly errors: number[];
  readonly stats: LoaderStats;
  abort(): void;
  destroy(): void;
}

/** A player: its loaders share what it was told. */
function player(mirror: Mirror, pieceMs = 0, time = new FakeTime(42)) {
  const feed = new MirrorFeed(mirror.timeline, () => 60_000);
  const Loader = mirrorLoader<LoaderContext>({ feed, clock: time, pieceMs: () => pieceMs });
  return (name: string): Request => {
    const loader = new Loader(undefined);
    const request = {
      pieces: [] as number[][],
      answers: [] as (string | number[])[],
      errors: [] as number[],
    };
    // hls.js exports its enum of context types as a type only.
    const context = { url: new URL(name, PLAYLIST_URL).href, responseType: '' } as LoaderContext;
    const numbers = (data: unknown): number[] => [...new Uint8Array(data as ArrayBuffer)];
    loader.load(context, {} as never, {
      onProgress: (_stats, _context, data) => request.pieces.push(numbers(data)),
      onSuccess: ({ data }) => request.answers.push(typeof data === 'string' ? data : numbers(data)),
      onError: ({ code }) => request.errors.push(code),
      onTimeout: () => request.errors.push(0),
      onAbort: () => request.errors.push(-1),
    });
    return {
      ...request,
      stats: loader.stats,
      abort: () => loader.abort(),
      destroy: () => loader.destroy(),
    };
  };
}

const settle = (): Promise<void> => Promise.resolve();
/** The bytes of parts `from` to `to`, without that one. */
const media = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => [...bytes(from + n)]).flat();
const grow = (mirror: Mirror, from: number, to: number): void => {
  for (let n = from; n < to; n += 1) mirror.addPart(part(n), bytes(n));
};

describe('mirrorLoader', () => {
  it('answers the first playlist with the first part, but never from inside the request', async () => {
    const empty = mirrorWith(0);
    const waiting = player(empty)('index.m3u8');
    await settle();
    expect(waiting.answers).toEqual([]);
    grow(empty, 0, 1);
    expect(waiting.answers).toHaveLength(1);

    const there = player(mirrorWith(3))('index.m3u8');
    expect(there.answers).toEqual([]);
    await settle();
    expect(there.answers).toHaveLength(1);
  });

  it('answers a request for the playlist with the next segment when that one begins', async () => {
    const mirror = mirrorWith(13);
    const { answers } = player(mirror)('index.m3u8?_HLS_msn=2');
    await settle();
    grow(mirror, 13, 20);
    expect(answers).toEqual([]);
    grow(mirror, 20, 22);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('s2');
  });

  it('hands the parts of an open segment over as they come', async () => {
    const mirror = mirrorWith(13);
    const { pieces, answers } = player(mirror)('s1');
    expect(pieces).toEqual([]);
    await settle();
    expect(pieces).toEqual([media(10, 13)]);
    grow(mirror, 13, 15);
    expect(pieces.slice(1)).toEqual([media(13, 14), media(14, 15)]);
    expect(answers).toEqual([]);
  });

  it.each([4, 10, 17])('ends a segment of %i parts once the player knows of the next', async (length) => {
    const mirror = mirrorWith(10);
    for (let n = 10; n < 10 + length; n += 1) {
      mirror.addPart(part(n, { independent: n === 10 }), bytes(n));
    }
    const ask = player(mirror);
    ask('index.m3u8');
    await settle();
    const { pieces, answers } = ask('s1');
    await settle();
    expect(pieces).toEqual([media(10, 10 + length)]);
    // Another epoch, so that the short one ends too.
    mirror.addPart(part(40, { epoch: 1 }), bytes(40));
    expect([pieces.length, answers.length]).toEqual([1, 0]);
    ask('index.m3u8?_HLS_msn=2');
    await settle();
    expect(answers).toEqual([[]]);
  });

  it('tells of the next segment before it ends the one before, whatever waits first', async () => {
    const mirror = mirrorWith(13);
    const ask = player(mirror);
    ask('index.m3u8');
    await settle();
    const segment = ask('s1');
    const playlist = ask('index.m3u8?_HLS_msn=2');
    await settle();
    grow(mirror, 13, 21);
    expect([playlist.answers.length, segment.answers.length]).toEqual([1, 1]);
    expect(segment.pieces.flat()).toEqual(media(10, 20));
  });

  it('hands a whole segment over in one piece', async () => {
    const ask = player(mirrorWith(25));
    ask('index.m3u8');
    await settle();
    const { pieces, answers } = ask('s1');
    await settle();
    expect([pieces, answers]).toEqual([[media(10, 20)], [[]]]);
  });

  it('saves up parts where there is time for it, but neither the first of a segment nor its end', async () => {
    const mirror = mirrorWith(11);
    const ask = player(mirror, 500);
    ask('index.m3u8');
    const { pieces } = ask('s1');
    await settle();
    expect(pieces).toEqual([media(10, 11)]);
    grow(mirror, 11, 18);
    expect(pieces.slice(1)).toEqual([media(11, 16)]);
    ask('index.m3u8?_HLS_msn=2');
    await settle();
    grow(mirror, 18, 21);
    expect(pieces.slice(2)).toEqual([media(16, 20)]);
  });

  it('waits for a segment that is to come', async () => {
    const mirror = mirrorWith(13);
    const { pieces, errors } = player(mirror)('s2');
    await settle();
    expect([pieces, errors]).toEqual([[], []]);
    grow(mirror, 13, 21);
    expect(pieces).toEqual([media(20, 21)]);
  });

  it('gives headers and media as copies', async () => {
    const mirror = mirrorWith(3);
    const ask = player(mirror);
    const header = ask('i1');
    const { pieces } = ask('s0');
    await settle();
    expect(header.answers).toEqual([[77, 77, 77, 77]]);
    pieces[0]?.fill(0);
    expect(mirror.timeline.part(0, 2)?.data).toEqual(bytes(2));
  });

  it('answers 404 for what has left the mirror and for what never was', async () => {
    const mirror = mirrorWith(200);
    for (const name of ['s0', 'i9', 'other']) {
      const { errors } = player(mirror)(name);
      await settle();
      expect(errors).toEqual([404]);
    }
  });

  it('stays silent after an abort, which it confirms once', async () => {
    const mirror = mirrorWith(13);
    const { pieces, answers, errors, stats, abort } = player(mirror)('s1');
    await settle();
    abort();
    abort();
    grow(mirror, 13, 25);
    expect([pieces.length, answers, errors]).toEqual([1, [], [-1]]);
    expect(stats.aborted).toBe(true);
  });

  it('stays silent after it was destroyed', async () => {
    const mirror = mirrorWith(13);
    const ask = player(mirror);
    const requests = [ask('s1'), ask('index.m3u8')];
    for (const { destroy } of requests) destroy();
    await settle();
    grow(mirror, 13, 25);
    expect(requests.map(({ pieces, answers, errors }) => [pieces, answers, errors])).toEqual([
      [[], [], []],
      [[], [], []],
    ]);
  });

  it('tells hls.js sizes and times, and no total before the end', async () => {
    const time = new FakeTime(42);
    const mirror = mirrorWith(13);
    const ask = player(mirror, 0, time);
    ask('index.m3u8');
    const { stats } = ask('s1');
    await settle();
    expect(stats).toMatchObject({ loaded: 12, total: 0, loading: { start: 42, first: 42, end: 0 } });
    time.advance(700);
    grow(mirror, 13, 21);
    ask('index.m3u8');
    await settle();
    expect(stats).toMatchObject({ loaded: 40, total: 40, loading: { start: 42, first: 42, end: 742 } });
  });
});
