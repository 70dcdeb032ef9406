import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HlsTile } from '../../../../../src/viewer/hls/hls-tile.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeHls, FakeVideo } from '../player/fake-player.ts';
import { BASE_MS, bytes, init, PART_MS, part } from '../push/media.ts';

vi.mock('hls.js/light', async () => ({ default: (await import('../player/fake-player.ts')).FakeHls }));
vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakeHls.made.length = 0;
});

function setUp({ targetMs = 300 } = {}) {
  const mirror = new Mirror();
  const video = new FakeVideo();
  const fatal: string[] = [];
  const time = new FakeTime();
  const tile = new HlsTile({
    video: video.element,
    timeline: mirror.timeline,
    mode: 'ultra-low',
    targetMs,
    workerUrl: '',
    clock: time,
    onFatal: (reason) => fatal.push(reason),
    log: () => {},
  });
  tile.start();
  mirror.addInit(init(), bytes(0));
  /** Parts from the relay that come with one event each. */
  const arrive = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) mirror.addPart(part(n), bytes(n));
  };
  /** The player has all parts before this one, from position `firstSec` on. */
  const buffered = (to: number, firstSec = 0): void => {
    const endSec = firstSec + (to * PART_MS) / 1000;
    video.ranges = [[firstSec, endSec]];
    for (let sn = 0; sn * 10 < to; sn += 1)
      FakeHls.last.appended(sn, firstSec + sn, Math.min(endSec, firstSec + sn + 1));
  };
  return { mirror, video, fatal, tile, arrive, buffered, time };
}

describe('HlsTile', () => {
  it('plays muted, without pitch correction, as soon as what is due is there', () => {
    const { video, arrive, buffered } = setUp();
    video.paused = true;
    arrive(0, 5);
    buffered(2);
    expect([video.muted, video.preservesPitch, video.plays]).toEqual([true, false, 0]);
    buffered(5);
    expect(video.plays).toBe(1);
  });

  it('knows the programme time of the picture from where its segment was put', () => {
    const { tile, arrive, buffered, video } = setUp();
    arrive(0, 15);
    expect(tile.programMs()).toBeUndefined();
    buffered(15, 7);
    video.currentTime = 8.25;
    expect(tile.programMs()).toBeCloseTo(BASE_MS + 1250, 3);
    expect(tile.locate(BASE_MS + 500)?.positionSec).toBeCloseTo(7.5, 6);
  });

  it('begins at the target once that is buffered, and only once', () => {
    const { tile, arrive, buffered, video } = setUp();
    arrive(0, 15);
    buffered(5);
    expect([video.currentTime, tile.ready()]).toEqual([0, false]);
    buffered(15);
    // A tenth of a second is what lies between the newest media and the wall's clock.
    expect(video.currentTime).toBeCloseTo(1.3, 6);
    expect(tile.ready()).toBe(true);
    arrive(15, 30);
    buffered(30);
    expect(video.currentTime).toBeCloseTo(1.3, 6);
  });

  it('begins anew at what is due once it was loaded anew', () => {
    const { tile, arrive, buffered, video } = setUp();
    arrive(0, 15);
    buffered(15);
    video.currentTime = 0.4;
    tile.reload();
    expect(FakeHls.last.calls.slice(-2)).toEqual(['stopLoad', 'startLoad']);
    expect([video.currentTime, tile.ready()]).toEqual([0.4, false]);
    FakeHls.last.appended(1, 1);
    expect(video.currentTime).toBeCloseTo(1.3, 6);
    expect(tile.ready()).toBe(true);
  });

  it('waits, loaded anew, for the segment that is due to be appended again: what is buffered is of before', () => {
    const { tile, arrive, buffered, video, time } = setUp();
    arrive(0, 15);
    buffered(15);
    const beforeMs = time.now();
    time.advance(5);
    tile.reload();
    // Was on its way when the loaders were stopped.
    FakeHls.last.appended(1, 1, 1.5, beforeMs);
    expect(tile.ready()).toBe(false);
    time.advance(5);
    FakeHls.last.appended(0, 0, 1, time.now());
    expect(tile.ready()).toBe(false);
    FakeHls.last.appended(1, 1, 1.5, time.now());
    expect(tile.ready()).toBe(true);
    expect(video.currentTime).toBeCloseTo(1.3, 6);
  });

  it('begins with the first picture where nothing older is due', () => {
    const { tile, arrive, buffered, video } = setUp({ targetMs: 3000 });
    arrive(0, 3);
    // The first picture may be shown later than it is decoded.
    buffered(3, 0.07);
    expect(video.currentTime).toBeCloseTo(0.07, 6);
    expect(tile.ready()).toBe(true);
  });

  it('takes no header for media, and no media that has left the mirror', () => {
    const { tile, arrive } = setUp();
    arrive(0, 15);
    FakeHls.last.appended('initSegment', 3);
    FakeHls.last.appended(9, 3);
    expect(tile.programMs()).toBeUndefined();
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

  it('changes the mode without touching the player, and saves up parts where there is time for it', () => {
    const { tile } = setUp();
    const before = [...FakeHls.last.calls];
    tile.setMode('stable', 6000);
    tile.setMode('ultra-low', 300);
    expect(FakeHls.made).toHaveLength(1);
    expect(FakeHls.last.calls).toEqual(before);
  });

  it('forgets the dates of what was trimmed', () => {
    const { mirror, tile, arrive, buffered, video } = setUp();
    arrive(0, 10);
    mirror.addPart(part(40, { epoch: 1 }), bytes(40));
    buffered(11);
    video.currentTime = 0.5;
    expect(tile.programMs()).toBeCloseTo(BASE_MS + 500, 3);
    FakeHls.last.say(FakeHls.Events.BUFFER_FLUSHED, { type: 'video', start: 0, end: 1.05 });
    expect(tile.programMs()).toBeCloseTo(BASE_MS + 3500, 3);
  });

  it('hands fatal errors up and leaves the others to hls.js', () => {
    const { fatal } = setUp();
    FakeHls.last.say(FakeHls.Events.ERROR, { details: 'bufferStalledError', fatal: false });
    FakeHls.last.say(FakeHls.Events.ERROR, { details: 'levelParsingError', fatal: true });
    expect(fatal).toEqual(['levelParsingError']);
  });

  it('rebuilds under the last picture, with a fresh map, and goes on counting frames', () => {
    const { tile, arrive, buffered, video } = setUp();
    arrive(0, 5);
    buffered(5);
    video.total = 100;
    video.dropped = 3;
    tile.rebuild();
    expect(FakeHls.made).toHaveLength(2);
    expect(FakeHls.made[0]?.calls).toContain('destroy');
    expect(video.poster).not.toBe('');
    expect([tile.programMs(), tile.ready()]).toEqual([undefined, false]);
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
    const { tile, arrive } = setUp();
    arrive(0, 25);
    expect(tile.estimate(BASE_MS)).toBeUndefined();
    FakeHls.last.latestLevelDetails = {
      startSN: 1,
      fragments: [
        { sn: 1, start: 1.01 },
        { sn: 2, start: 2.02 },
      ],
    };
    expect(tile.estimate(BASE_MS + 1500)).toBeCloseTo(1.51, 6);
    expect(tile.estimate(BASE_MS + 2300)).toBeCloseTo(2.32, 6);
    expect(tile.estimate(BASE_MS + 500)).toBeUndefined();
    expect(tile.estimate(BASE_MS - 1)).toBeUndefined();
  });

  it('is not ready while it seeks or has no picture', () => {
    const { tile, arrive, buffered, video } = setUp();
    arrive(0, 5);
    buffered(5);
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
