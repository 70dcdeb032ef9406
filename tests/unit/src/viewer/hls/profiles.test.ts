import { describe, expect, it } from 'vitest';
import { pieceMs, playerSettings, startBehindMs } from '../../../../../src/viewer/hls/profiles.ts';
import { MODE_ORDER, MODE_TABLE } from '../../../../../src/wire/modes.ts';

describe('profiles', () => {
  it('takes parts in as they come where the mode table asks for low latency', () => {
    for (const mode of MODE_ORDER) expect(pieceMs(mode) === 0).toBe(MODE_TABLE[mode].lowLatency);
    expect(pieceMs('stable')).toBeLessThan(MODE_TABLE.stable.minMs / 2);
  });

  it('starts the player a little ahead of the target, never at the very edge', () => {
    expect(startBehindMs(6000)).toBe(5900);
    expect(startBehindMs(150)).toBe(100);
  });

  it('keeps room for what every mode is behind, before the playhead and after it', () => {
    const longestSec = Math.max(...MODE_ORDER.map((mode) => MODE_TABLE[mode].maxMs)) / 1000;
    const { maxBufferLength, maxMaxBufferLength, backBufferLength } = playerSettings('worker.js');
    for (const sec of [maxBufferLength, maxMaxBufferLength, backBufferLength]) {
      expect(sec).toBeGreaterThan(longestSec);
    }
  });

  it('names no option that counts in segments: hls.js would go back to whole seconds', () => {
    expect(Object.keys(playerSettings('worker.js')).filter((key) => key.endsWith('Count'))).toEqual([]);
  });

  it('streams into the player, and tells its worker that what it gets is whole', () => {
    const settings = playerSettings('worker.js');
    expect(settings.progressive).toBe(true);
    expect(JSON.parse(JSON.stringify({ ...settings, debug: false }))).toMatchObject({
      progressive: false,
      debug: false,
      backBufferLength: 14,
    });
  });

  it('uses a worker only where one is packaged', () => {
    expect(playerSettings('worker.js')).toMatchObject({ enableWorker: true, workerPath: 'worker.js' });
    expect(playerSettings('')).toMatchObject({ enableWorker: false, workerPath: null });
  });
});
