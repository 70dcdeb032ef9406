import { describe, expect, it } from 'vitest';
import { MediaMeter } from '../../../../src/wire/media-meter.ts';

describe('MediaMeter', () => {
  it('says nothing of less than a second', () => {
    const meter = new MediaMeter();
    for (let ms = 0; ms < 900; ms += 100) meter.add(100, 1000, ms);
    expect(meter.figures).toBeUndefined();
  });

  it('measures bit rate and speed over the last seconds only', () => {
    const meter = new MediaMeter();
    for (let ms = 0; ms < 20_000; ms += 100) meter.add(100, 10_000, ms);
    for (let ms = 20_000; ms < 30_000; ms += 100) meter.add(80, 1000, ms);
    expect(meter.figures?.bitrateKbps).toBeCloseTo(80);
    expect(meter.figures?.speed).toBeCloseTo(0.8);
  });

  it('forgets what another process delivered', () => {
    const meter = new MediaMeter();
    for (let ms = 0; ms < 2_000; ms += 100) meter.add(100, 1000, ms);
    meter.reset();
    expect(meter.figures).toBeUndefined();
  });
});
