import { describe, expect, it } from 'vitest';
import { RawPace } from '../../../../relay/ingest/raw-pace.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const SETTLED_MS = 8_000;
const LASTS_MS = 10_000;

/** An encoder of a device that reports twice a second; `run` returns what was said to each report. */
function pace(): { raw: RawPace; run: (speed: number, ms: number) => boolean[] } {
  const raw = new RawPace(cameraConfig({ type: 'v4l2', device: '/dev/video0' }).source, 30);
  let nowMs = 0;
  raw.started(nowMs);
  const rest = { fps: 30, bitrateKbps: 1_000, droppedFrames: 0, duplicatedRatio: 0 };
  return {
    raw,
    run(speed, ms) {
      const slow: boolean[] = [];
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500;
        slow.push(raw.measured({ ...rest, speed }, nowMs));
      }
      return slow;
    },
  };
}

describe('RawPace', () => {
  it('is content with an encoder that keeps up', () => {
    expect(pace().run(0.98, 60_000)).not.toContain(true);
  });

  it('speaks up after ten slow seconds, not before, and for as long as it lasts', () => {
    const { run, raw } = pace();
    run(1, SETTLED_MS);
    expect(run(0.9, LASTS_MS)).not.toContain(true);
    expect(run(0.9, 1_000)).toEqual([true, true]);
    expect(raw.speed).toBe(0.9);
    expect(run(1, 500)).toEqual([false]);
  });

  it('forgives a busy moment', () => {
    const { run } = pace();
    run(1, SETTLED_MS);
    run(0.5, LASTS_MS - 1_000);
    run(1, 500);
    expect(run(0.5, LASTS_MS - 1_000)).not.toContain(true);
  });

  it('does not count the first seconds of a process', () => {
    const { run } = pace();
    expect(run(0.1, SETTLED_MS + LASTS_MS - 1_000)).not.toContain(true);
    expect(run(0.1, 1_500)).toContain(true);
  });

  it('gives it its time again when something was done', () => {
    const { run, raw } = pace();
    run(0.5, SETTLED_MS + LASTS_MS + 500);
    raw.started(SETTLED_MS + LASTS_MS + 500);
    expect(run(0.5, LASTS_MS)).not.toContain(true);
  });
});
