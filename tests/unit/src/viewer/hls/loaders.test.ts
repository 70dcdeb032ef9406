import type { LoaderContext, LoaderStats } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { AppendGate } from '../../../../../src/viewer/hls/append-gate.ts';
import { mirrorLoader, PLAYLIST_URL } from '../../../../../src/viewer/hls/loaders.ts';
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
  readonly answers: (string | number[])[];
  readonly errors: number[];
  readonly stats: LoaderStats;
  abort(): void;
  destroy(): void;
}

function request(
  mirror: Mirror,
  url: string,
  time = new FakeTime(42),
  gate = new AppendGate(mirror.timeline, time),
): Request {
  const Loader = mirrorLoader<LoaderContext>({ timeline: mirror.timeline, clock: time, timers: time, gate });
  const loader = new Loader(undefined);
  const answers: (string | number[])[] = [];
  const errors: number[] = [];
  // hls.js exports its enum of context types as a type only.
  const context = { url, responseType: '' } as LoaderContext;
  loader.load(context, {} as never, {
    onSuccess: ({ data }) =>
      answers.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : String(data)),
    onError: ({ code }) => errors.push(code),
    onTimeout: () => errors.push(0),
    onAbort: () => errors.push(-1),
  });
  return {
    answers,
    errors,
    stats: loader.stats,
    abort: () => loader.abort(),
    destroy: () => loader.destroy(),
  };
}

const settle = (): Promise<void> => Promise.resolve();
const url = (name: string): string => new URL(name, PLAYLIST_URL).href;

describe('mirrorLoader', () => {
  it('answers the first playlist once there is a whole segment and the history has come to its end', () => {
    const mirror = mirrorWith(5);
    const time = new FakeTime();
    const { answers } = request(mirror, PLAYLIST_URL, time);
    time.advance(1_000);
    expect(answers).toEqual([]);
    for (let n = 5; n < 16; n += 1) {
      mirror.addPart(part(n), bytes(n));
      time.advance(5);
    }
    expect(answers).toEqual([]);
    time.advance(20);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('#EXTINF');
    expect(String(answers[0]).match(/#EXT-X-PART:/g)).toHaveLength(16);
    mirror.addPart(part(16), bytes(16));
    time.advance(1_000);
    expect(answers).toHaveLength(1);
  });

  it('does not wait for ever where parts never stop coming', () => {
    const mirror = mirrorWith(11);
    const time = new FakeTime();
    const { answers } = request(mirror, PLAYLIST_URL, time);
    for (let n = 11; n < 51; n += 1) {
      time.advance(10);
      mirror.addPart(part(n), bytes(n));
    }
    expect(answers).toHaveLength(1);
  });

  it('gives a first playlist no more once it was aborted', () => {
    const mirror = mirrorWith(15);
    const time = new FakeTime();
    const { answers, abort } = request(mirror, PLAYLIST_URL, time);
    abort();
    time.advance(1_000);
    expect(answers).toEqual([]);
  });

  it('answers a request that blocks for a part when that part arrives', async () => {
    const mirror = mirrorWith(13);
    const { answers } = request(mirror, `${PLAYLIST_URL}?_HLS_msn=2&_HLS_part=3`);
    await settle();
    expect(answers).toEqual([]);
    mirror.addPart(part(13), bytes(13));
    expect(answers).toHaveLength(1);
    mirror.addPart(part(14), bytes(14));
    expect(answers).toHaveLength(1);
  });

  it('answers a request that blocks for a segment when that segment ends', async () => {
    const mirror = mirrorWith(13);
    const { answers } = request(mirror, `${PLAYLIST_URL}?_HLS_msn=2`);
    for (let n = 13; n < 20; n += 1) mirror.addPart(part(n), bytes(n));
    expect(answers).toEqual([]);
    mirror.addPart(part(20), bytes(20));
    expect(answers).toHaveLength(1);
  });

  it('keeps back the playlist that completes the segment of a part which the player is taking in', async () => {
    const mirror = mirrorWith(13);
    const time = new FakeTime();
    const gate = new AppendGate(mirror.timeline, time);
    request(mirror, PLAYLIST_URL, time, gate);
    time.advance(20);
    request(mirror, url('p2.2'), time, gate);
    const { answers } = request(mirror, `${PLAYLIST_URL}?_HLS_msn=2&_HLS_part=9`, time, gate);
    for (let n = 13; n < 22; n += 1) mirror.addPart(part(n), bytes(n));
    const given = request(mirror, `${PLAYLIST_URL}?_HLS_msn=3&_HLS_part=0`, time, gate);
    await settle();
    expect([answers.length, given.answers.length]).toEqual([1, 0]);
    gate.done({ msn: 2, index: 2 });
    expect(given.answers[0]).toContain('p3.1');
  });

  it('does not wait for a part whose request was aborted, nor for one that is not there', async () => {
    const mirror = mirrorWith(13);
    const time = new FakeTime();
    const gate = new AppendGate(mirror.timeline, time);
    request(mirror, url('p2.2'), time, gate).abort();
    request(mirror, url('p2.7'), time, gate);
    for (let n = 13; n < 21; n += 1) mirror.addPart(part(n), bytes(n));
    const { answers } = request(mirror, `${PLAYLIST_URL}?_HLS_msn=3&_HLS_part=0`, time, gate);
    await settle();
    expect(answers).toHaveLength(1);
  });

  it('serves what the playlist names, always as a copy', async () => {
    const mirror = mirrorWith(15);
    const time = new FakeTime();
    const { answers } = request(mirror, PLAYLIST_URL, time);
    time.advance(20);
    const playlist = String(answers[0]);
    const initName = /#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.[1] ?? '';
    const partNames = [...playlist.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map((match) => match[1] ?? '');
    const segmentName = /#EXTINF:.*\n(.+)/.exec(playlist)?.[1] ?? '';
    const get = async (name: string) => {
      const got = request(mirror, url(name));
      expect(got.answers).toEqual([]);
      await settle();
      return got.answers[0];
    };
    expect(await get(initName)).toEqual([77, 77, 77, 77]);
    expect(await get(partNames.at(-1) ?? '')).toEqual([14, 14, 14, 14]);
    expect(await get(segmentName)).toEqual([...Array(10).keys()].flatMap((n) => [n, n, n, n]));
    expect(mirror.timeline.part(2, 4)?.data).toEqual(bytes(14));
  });

  it('answers 404 for what has left the mirror and for what never was', async () => {
    const mirror = mirrorWith(15);
    for (const name of ['p9.0', 's9', 's2', 's0', 'i9', 'other']) {
      const { errors } = request(mirror, url(name));
      await settle();
      expect(errors).toEqual([404]);
    }
  });

  it('stays silent after an abort, which it confirms once', async () => {
    const mirror = mirrorWith(15);
    const { answers, errors, stats, abort } = request(mirror, `${PLAYLIST_URL}?_HLS_msn=2&_HLS_part=5`);
    abort();
    abort();
    mirror.addPart(part(15), bytes(15));
    await settle();
    expect(answers).toEqual([]);
    expect(errors).toEqual([-1]);
    expect(stats.aborted).toBe(true);
  });

  it('stays silent after it was destroyed', async () => {
    const mirror = mirrorWith(15);
    const { answers, errors, destroy } = request(mirror, url('p2.0'));
    destroy();
    await settle();
    expect([answers, errors]).toEqual([[], []]);
  });

  it('tells hls.js sizes and times', async () => {
    const { stats } = request(mirrorWith(15), url('p2.0'));
    await settle();
    expect(stats).toMatchObject({ loaded: 4, total: 4, loading: { start: 42, first: 42, end: 42 } });
  });
});
