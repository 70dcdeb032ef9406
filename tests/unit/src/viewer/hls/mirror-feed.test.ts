import { describe, expect, it } from 'vitest';
import { MirrorFeed } from '../../../../../src/viewer/hls/mirror-feed.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { bytes, init, part } from '../push/media.ts';

function mirrorWith(parts: number): Mirror {
  const mirror = new Mirror();
  mirror.addInit(init(), bytes(0));
  for (let n = 0; n < parts; n += 1) mirror.addPart(part(n), bytes(n));
  return mirror;
}

const feedOf = ({ timeline }: Mirror, behindMs = 60_000): MirrorFeed =>
  new MirrorFeed(timeline, () => behindMs);

function told(feed: MirrorFeed): string[] {
  let lines: string[] = [];
  feed.tell((playlist) => {
    lines = playlist.trimEnd().split('\n');
  });
  return lines;
}

const segments = (lines: readonly string[]): string[] =>
  lines.flatMap((line, n) =>
    line.startsWith('#EXTINF') ? [`${line.slice(8, 13)} ${lines[n + 1] ?? ''}`] : [],
  );

describe('MirrorFeed', () => {
  it('lists whole segments, and the one that grows at the length of the longest', () => {
    const lines = told(feedOf(mirrorWith(23)));
    expect(segments(lines)).toEqual(['1.000 s0', '1.000 s1', '1.000 s2']);
    expect(lines.filter((line) => /PART|PRELOAD|DATE-TIME/.test(line))).toEqual([]);
    expect(lines).toContain('#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES');
  });

  it('announces a second before anything is known of the camera, and more while a GOP lasts longer', () => {
    expect(segments(told(feedOf(mirrorWith(1))))).toEqual(['1.000 s0']);
    const mirror = mirrorWith(10);
    for (let n = 10; n < 25; n += 1) mirror.addPart(part(n, { independent: false }), bytes(n));
    const lines = told(feedOf(mirror));
    expect(segments(lines)).toEqual(['2.500 s0']);
    expect(lines).toContain('#EXT-X-TARGETDURATION:3');
  });

  it('begins with the segment that is due now, and never lists an older one', () => {
    const mirror = mirrorWith(35);
    let behindMs = 800;
    const feed = new MirrorFeed(mirror.timeline, () => behindMs);
    expect(segments(told(feed))).toEqual(['1.000 s2', '1.000 s3']);
    behindMs = 60_000;
    expect(segments(told(feed))).toEqual(['1.000 s2', '1.000 s3']);
  });

  it('marks what does not continue, with the header that it is to be read with', () => {
    const mirror = mirrorWith(12);
    mirror.addInit(init({ id: 'i2' }), bytes(9));
    mirror.addPart(part(40, { init: 'i2', epoch: 1 }), bytes(40));
    const lines = told(feedOf(mirror));
    expect(lines.slice(lines.indexOf('s0'))).toEqual([
      's0',
      '#EXTINF:0.20000,',
      's1',
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-MAP:URI="i2"',
      '#EXTINF:1.00000,',
      's2',
    ]);
    expect(lines).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:0');
    const later = told(feedOf(mirror, 0));
    expect(segments(later)).toEqual(['1.000 s2']);
    // What is listed first still carries its own mark.
    expect(later).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:0');
    for (let n = 41; n < 61; n += 1) mirror.addPart(part(n, { init: 'i2', epoch: 1 }), bytes(n));
    expect(told(feedOf(mirror, 0))).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1');
  });

  it('knows what the player was told of, and wakes those who wait for more', () => {
    const mirror = mirrorWith(12);
    const feed = feedOf(mirror);
    let woken = 0;
    const stop = feed.onMore(() => {
      woken += 1;
    });
    expect([feed.has(), feed.has(1), feed.has(2)]).toEqual([true, true, false]);
    told(feed);
    expect([feed.listedMsn, woken]).toEqual([1, 1]);
    mirror.addPart(part(12), bytes(12));
    expect(woken).toBe(2);
    stop();
    told(feed);
    mirror.addPart(part(13), bytes(13));
    expect(woken).toBe(2);
  });
});
