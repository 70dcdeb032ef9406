import { describe, expect, it } from 'vitest';
import { fixedSettings, liveSettings } from '../../../../../src/viewer/hls/profiles.ts';
import { MODE_ORDER, MODE_TABLE } from '../../../../../src/wire/modes.ts';

describe('profiles', () => {
  it('follows the mode table for low latency', () => {
    for (const mode of MODE_ORDER) {
      const { lowLatencyMode } = liveSettings(mode, MODE_TABLE[mode].startMs);
      expect(lowLatencyMode).toBe(MODE_TABLE[mode].lowLatency);
    }
  });

  it('starts the player a little ahead of the target, never at the very edge', () => {
    expect(liveSettings('stable', 6000).liveSyncDuration).toBeCloseTo(5.9);
    expect(liveSettings('ultra-low', 150).liveSyncDuration).toBeGreaterThanOrEqual(0.1);
  });

  it('names no option that counts in segments: hls.js would go back to whole seconds', () => {
    const settings = { ...fixedSettings('worker.js'), ...liveSettings('stable', 6000) };
    expect(Object.keys(settings).filter((key) => key.endsWith('Count'))).toEqual([]);
  });

  it('uses a worker only where one is packaged', () => {
    expect(fixedSettings('worker.js')).toMatchObject({ enableWorker: true, workerPath: 'worker.js' });
    expect(fixedSettings('')).toMatchObject({ enableWorker: false, workerPath: null });
  });
});
