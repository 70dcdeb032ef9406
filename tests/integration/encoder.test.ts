/** What the host's ffmpeg can do: the self-test, and the synthetic picture at the sizes of the ladder. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { selfTest } from '../../relay/encoder/self-test.ts';
import { testSceneGraph } from '../../relay/encoder/test-scene.ts';
import { platformTimers } from '../../src/shared/ports.ts';
import { decodeStrip, STRIP } from '../../src/shared/strip.ts';
import { realSpawn } from '../support/camera-rig.ts';

const FULL_HD = { width: 1920, height: 1080 };
const run = { spawn: realSpawn(), timers: platformTimers({ unref: true }) };

describe('selfTest', () => {
  it('measures CPU time for each picture: more for a slower preset, and not that of starting the program', async () => {
    const request = { ffmpeg: 'ffmpeg', size: FULL_HD };
    const fast = await selfTest(run, { ...request, preset: 'ultrafast' });
    const slow = await selfTest(run, { ...request, preset: 'veryfast' });
    expect(slow).toBeGreaterThan(1.3 * fast);
    // A start of ffmpeg with its first picture takes some 50 ms, a picture at this preset a tenth of that.
    expect(fast).toBeGreaterThan(0);
    expect(fast).toBeLessThan(0.04);
  });

  it('says why when it cannot', async () => {
    const request = { ffmpeg: '/nowhere/ffmpeg', size: FULL_HD, preset: 'ultrafast' } as const;
    await expect(selfTest(run, request)).rejects.toThrow('program "/nowhere/ffmpeg" was not found');
  });
});

describe('the synthetic picture', () => {
  it.each([
    [320, 180],
    [1280, 720],
    [1366, 768],
    [3840, 2160],
  ])('at %ix%i has that size and a readable strip', (width, height) => {
    const graph = testSceneGraph({
      id: 'cam',
      name: 'Gate',
      size: { width, height },
      fps: 30,
      text: false,
      realtime: false,
    });
    const { stdout, stderr } = spawnSync(
      'ffmpeg',
      [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        graph,
        '-r',
        '30',
        '-frames:v',
        '8',
        '-pix_fmt',
        'gray',
        '-f',
        'rawvideo',
        '-',
      ],
      { maxBuffer: 128 * 1024 * 1024 },
    );
    expect(stderr.toString()).toBe('');
    expect(stdout.length).toBe(8 * width * height);
    const frame = stdout.subarray(7 * width * height);
    const y = Math.floor((height * STRIP.heightRatio) / 2);
    const cells = Array.from({ length: STRIP.cells }, (_, i) => {
      const x = Math.floor(((i + 0.5) * width) / STRIP.cells);
      return (frame[y * width + x] ?? 0) > 128;
    });
    // Without the pace of the wall clock the strip counts media time: frame 7 of 30 per second.
    expect(decodeStrip(cells)).toBe(233);
  });
});
