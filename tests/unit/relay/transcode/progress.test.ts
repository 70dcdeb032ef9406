import { describe, expect, it } from 'vitest';
import { ProgressReader } from '../../../../relay/transcode/progress.ts';

interface Report {
  frame: number;
  outMs: number;
  bytes?: number;
  dup?: number;
  drop?: number;
}

const report = ({ frame, outMs, bytes = 0, dup = 0, drop = 0 }: Report): string =>
  `frame=${frame}\nfps=30.0\nstream_0_0_q=23.0\nbitrate= 512.0kbits/s\ntotal_size=${bytes}\nout_time_us=${outMs * 1000}\nout_time=00:00:01\ndup_frames=${dup}\ndrop_frames=${drop}\nspeed=1.01x\nprogress=continue\n`;

/** Reports half a second apart; returns the last figures. */
function read(reports: readonly Report[]) {
  const reader = new ProgressReader();
  return reports.map((each, i) => reader.push(report(each), i * 500)).at(-1);
}

describe('ProgressReader', () => {
  it('gives figures over the last seconds', () => {
    const figures = read([
      { frame: 15, outMs: 500, bytes: 30_000 },
      { frame: 30, outMs: 1000, bytes: 60_000 },
      { frame: 45, outMs: 1500, bytes: 90_000, drop: 2 },
    ]);
    expect(figures).toEqual({ fps: 30, speed: 1, bitrateKbps: 480, droppedFrames: 2, duplicatedRatio: 0 });
  });

  it('says nothing before it can compare, nor before the first frame', () => {
    expect(read([{ frame: 15, outMs: 500 }])).toBeUndefined();
    expect(
      read([
        { frame: 0, outMs: 0 },
        { frame: 0, outMs: 0 },
        { frame: 0, outMs: 0 },
        { frame: 10, outMs: 300 },
      ]),
    ).toBeUndefined();
  });

  it('sees a host that became slow although its average is still good', () => {
    const fast = Array.from({ length: 40 }, (_, i) => ({ frame: i * 15 + 15, outMs: i * 500 + 500 }));
    const slow = Array.from({ length: 11 }, (_, i) => ({ frame: 600 + i * 9, outMs: 20_000 + i * 300 }));
    expect(read([...fast, ...slow])?.speed).toBeCloseTo(0.6);
  });

  it('tells the share of repeated frames', () => {
    expect(
      read([
        { frame: 30, outMs: 1000, dup: 10 },
        { frame: 45, outMs: 1500, dup: 15 },
        { frame: 60, outMs: 2000, dup: 20 },
      ])?.duplicatedRatio,
    ).toBeCloseTo(1 / 3);
  });

  it('does not care how the text is cut', () => {
    const reader = new ProgressReader();
    const first = report({ frame: 15, outMs: 500 });
    reader.push(first, 0);
    const second = report({ frame: 45, outMs: 1500 });
    expect(reader.push(second.slice(0, 60), 990)).toBeUndefined();
    expect(reader.push(second.slice(60), 1000)).toMatchObject({ fps: 30, speed: 1 });
  });

  it('takes N/A for nothing', () => {
    const reader = new ProgressReader();
    reader.push('frame=1\nout_time_us=N/A\ntotal_size=N/A\nprogress=continue\n', 0);
    expect(reader.push(report({ frame: 31, outMs: 1000, bytes: 1000 }), 1000)).toMatchObject({
      speed: 1,
      bitrateKbps: 8,
    });
  });
});
