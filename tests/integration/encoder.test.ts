/** What the host's ffmpeg can do: the self-test, and the synthetic picture at the sizes of the ladder. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { selfTest } from '../../relay/encoder/self-test.ts';
import { testSceneGraph } from '../../relay/encoder/test-scene.ts';
import { monotonicClock } from '../../src/shared/ports.ts';
import { decodeStrip, STRIP } from '../../src/shared/strip.ts';
import { realSpawn } from '../support/camera-rig.ts';

const selfTestWith = (ffmpegPath: string) =>
  selfTest({
    ffmpegPath,
    size: { width: 320, height: 180 },
    fps: 30,
    preset: 'ultrafast',
    seconds: 1,
    spawn: realSpawn(),
    clock: monotonicClock,
  });

describe('selfTest', () => {
  it('finds that this host encodes a small picture faster than real time', async () => {
    expect((await selfTestWith('ffmpeg')).speed).toBeGreaterThan(1);
  });

  it('says why when it cannot', async () => {
    await expect(selfTestWith('/nowhere/ffmpeg')).rejects.toThrow('program "/nowhere/ffmpeg" was not found');
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
