import type { LoaderContext } from 'hls.js';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HlsTile } from '../../../../../src/viewer/hls/hls-tile.ts';
import { type mirrorLoader, PLAYLIST_URL } from '../../../../../src/viewer/hls/loaders.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeHls, FakeVideo } from '../player/fake-player.ts';
import { BASE_MS, bytes, init, PART_MS, part } from '../push/media.ts';

vi.mock('hls.js/light', async () => ({ default: (await import('../player/fake-player.ts')).FakeHls }));
vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakeHls.made.length = 0;
});

function setUp() {
  const mirror = new Mirror();
  const time = new FakeTime();
  const video = new FakeVideo();
  const fatal: string[] = [];
  const tile = new HlsTile({
    video: video.element,
    timeline: mirror.timeline,
    mode: 'ultra-low',
    targetMs: 300,
    workerUrl: '',
    clock: time,
    timers: time,
    onFatal: (reason) => fatal.push(reason),
    log: () => {},
  });
  tile.start();
  mirror.addInit(init(), bytes(0));
  /** Parts from the relay, buffered by the player one by one from position 0 on. */
  const feed = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) {
      const startSec = (n * PART_MS) / 1000;
      mirror.addPart(part(n), bytes(n));
      video.ranges = [[video.ranges[0]?.[0] ?? startSec, startSec + PART_MS / 1000]];
      video.currentTime = startSec;
      buffered(n, startSec);
    }
  };
  const buffered = (n: number, startSec: number): void =>
    FakeHls.last.say(FakeHls.Events.FRAG_BUFFERED, {
      frag: { type: 'main', sn: 1 + Math.floor(n / 10) },
      part: {
        index: n % 10,
        elementaryStreams: { video: { startPTS: startSec, endPTS: startSec + PART_MS / 1000 } },
      },
    });
  return { mirror, video, fatal, tile, feed };
}

describe('HlsTile', () => {
  it('plays muted, without pitch correction, as soon as there is something to play', () => {
    const { video } = setUp();
    video.paused = true;
    FakeHls.last.say(FakeHls.Events.MANIFEST_PARSED, {});
    expect([video.muted, video.preservesPitch, video.plays]).toEqual([true, false, 1]);
  });

  it('knows the programme time of the picture from what was buffered', () => {
    const { tile, feed, video } = setUp();
    expect(tile.programMs()).toBeUndefined();
    feed(0, 15);
    video.currentTime = 1.25;
    expect(tile.programMs()).toBeCloseTo(BASE_MS + 1250, 3);
    expect(tile.locate(BASE_MS + 500)?.positionSec).toBeCloseTo(0.5, 6);
  });

  it('tells its loaders when a part is buffered, so that the playlist behind it can come', async () => {
    const { mirror, feed } = setUp();
    feed(0, 13);
    const answers: string[] = [];
    const load = async (kind: 'pLoader' | 'fLoader', name: string): Promise<void> => {
      const Loader = FakeHls.last.config[kind] as ReturnType<typeof mirrorLoader>;
      const context = { url: new URL(name, PLAYLIST_URL).href } as LoaderContext;
      new Loader(undefined).load(context, {} as never, { onSuccess: () => answers.push(name) } as never);
      await Promise.resolve();
    };
    await load('pLoader', 'index.m3u8?_HLS_msn=2&_HLS_part=2');
    await load('fLoader', 'p2.2');
    for (let n = 13; n < 21; n += 1) mirror.addPart(part(n), bytes(n));
    await load('pLoader', 'index.m3u8?_HLS_msn=3&_HLS_part=0');
    expect(answers).toEqual(['index.m3u8?_HLS_msn=2&_HLS_part=2', 'p2.2']);
    FakeHls.last.say(FakeHls.Events.FRAG_BUFFERED, {
      frag: { type: 'main', sn: 2 },
      part: { index: 2, elementaryStreams: { video: { startPTS: 1.2, endPTS: 1.3 } } },
    });
    expect(answers.at(-1)).toBe('index.m3u8?_HLS_msn=3&_HLS_part=0');
  });

  it('measures the buffer around the playhead, across hair cracks but not across holes', () => {
    const { tile, video } = setUp();
    video.ranges = [
      [0, 2],
      [2.01, 4],
      [6, 8],
    ];
    video.currentTime = 1;
    expect(tile.bufferAheadMs()).toBeCloseTo(3000, 6);
    expect(tile.bufferBehindMs()).toBeCloseTo(1000, 6);
    video.currentTime = 5;
    expect([tile.bufferAheadMs(), tile.bufferBehindMs()]).toEqual([0, 0]);
  });

  it('trims only behind the last part of a segment, after twice the kept length, many times over', () => {
    const { feed, video } = setUp();
    feed(0, 280);
    expect(FakeHls.last.flushes).toEqual([]);
    for (let n = 280; n < 1200; n += 1) {
      const before = FakeHls.last.flushes.length;
      feed(n, n + 1);
      const flush = FakeHls.last.flushes[before];
      if (flush === undefined) continue;
      expect(n % 10).toBe(9);
      expect(flush.endOffset).toBeCloseTo(video.currentTime - 14, 6);
      video.ranges = [[flush.endOffset, video.ranges[0]?.[1] ?? 0]];
    }
    expect(FakeHls.last.flushes.length).toBeGreaterThanOrEqual(5);
  });

  it('changes the mode without a new player', () => {
    const { tile } = setUp();
    tile.setMode('stable', 6000);
    expect(FakeHls.made).toHaveLength(1);
    expect(FakeHls.last.lowLatencyMode).toBe(false);
    expect(FakeHls.last.targetLatency).toBeCloseTo(5.9);
    expect(FakeHls.last.config.maxBufferLength).toBe(10);
    expect(FakeHls.last.calls).not.toContain('startLoad');
    tile.setMode('ultra-low', 300);
    expect(FakeHls.last.lowLatencyMode).toBe(true);
    expect(FakeHls.last.calls.slice(-2)).toEqual(['stopLoad', 'startLoad']);
    expect(FakeHls.last.calls).not.toContain('destroy');
  });

  it('hands fatal errors up and leaves the others to hls.js', () => {
    const { fatal } = setUp();
    FakeHls.last.say(FakeHls.Events.ERROR, { details: 'bufferStalledError', fatal: false });
    FakeHls.last.say(FakeHls.Events.ERROR, { details: 'levelParsingError', fatal: true });
    expect(fatal).toEqual(['levelParsingError']);
  });

  it('rebuilds under the last picture, with a fresh map, and goes on counting frames', () => {
    const { tile, feed, video } = setUp();
    feed(0, 5);
    video.total = 100;
    video.dropped = 3;
    tile.rebuild();
    expect(FakeHls.made).toHaveLength(2);
    expect(FakeHls.made[0]?.calls).toContain('destroy');
    expect(video.poster).not.toBe('');
    expect(tile.programMs()).toBeUndefined();
    video.total = 10;
    video.dropped = 1;
    expect(tile.frames()).toEqual({ total: 110, dropped: 4 });
  });

  it('notices by itself when the element counts frames from 0 again', () => {
    const { tile, video } = setUp();
    video.total = 100;
    tile.frames();
    video.total = 7;
    expect(tile.frames().total).toBe(107);
    expect(tile.frames().total).toBe(107);
  });

  it('estimates where media that is not buffered will lie', () => {
    const { tile, mirror } = setUp();
    for (let n = 0; n < 25; n += 1) mirror.addPart(part(n), bytes(n));
    expect(tile.estimate(BASE_MS)).toBeUndefined();
    FakeHls.last.latestLevelDetails = {
      startSN: 1,
      fragments: [
        { sn: 1, start: 0 },
        { sn: 2, start: 1.01 },
      ],
      fragmentHint: { sn: 3, start: 2.02 },
    };
    expect(tile.estimate(BASE_MS + 1500)).toBeCloseTo(1.51, 6);
    expect(tile.estimate(BASE_MS + 2300)).toBeCloseTo(2.32, 6);
    expect(tile.estimate(BASE_MS - 1)).toBeUndefined();
  });

  it('is not ready while it seeks or has no picture', () => {
    const { tile, video } = setUp();
    expect(tile.ready()).toBe(true);
    video.seeking = true;
    expect(tile.ready()).toBe(false);
    video.seeking = false;
    video.readyState = 1;
    expect(tile.ready()).toBe(false);
  });

  it('leaves no player behind when stopped, twice', () => {
    const { tile } = setUp();
    tile.stop();
    tile.stop();
    expect(FakeHls.last.calls.filter((call) => call === 'destroy')).toHaveLength(1);
  });
});
