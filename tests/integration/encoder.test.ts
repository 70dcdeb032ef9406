/** What the host's ffmpeg can do: hardware, GStreamer, and the synthetic picture at the sizes of the ladder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpawn } from '../../relay/process/spawn.ts';
import { testSceneGraph } from '../../relay/source/test-scene.ts';
import { missingGstreamer } from '../../relay/transcode/gstreamer-check.ts';
import { listedHardware } from '../../relay/transcode/hardware.ts';
import { probeHardware } from '../../relay/transcode/hardware-probe.ts';
import { platformTimers } from '../../src/wire/ports.ts';
import { decodeStrip, STRIP } from '../../src/wire/strip.ts';
import { cameraConfig } from '../support/camera-config.ts';
import { realSpawn, startCamera } from '../support/camera-rig.ts';
import { gstreamerMissing } from '../support/gstreamer.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-programs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = { spawn: realSpawn(), timers: platformTimers({ unref: true }) };

const never = new AbortController().signal;

describe('hardware encoders', () => {
  it('are all listed with what came of ten frames: none is taken unseen', async () => {
    const request = { ffmpeg: 'ffmpeg', size: { width: 640, height: 360 }, signal: never };
    const { working, failures } = await probeHardware(run, request);
    const listed = listedHardware(spawnSync('ffmpeg', ['-hide_banner', '-encoders']).stdout.toString());
    expect(
      [...working.map(({ name }) => name), ...failures.map((failure) => failure.split(':')[0])].sort(),
    ).toEqual(listed.map(({ name }) => name).sort());
    for (const failure of failures) expect(failure).toMatch(/^h264_\w+: \S/);
  });

  it('leave a camera to software where none works, with one line of log', async () => {
    const rig = startCamera(cameraConfig({ type: 'test', size: '320x180' }, { hardware: 'auto' }), {
      ffmpegPath: withoutHardware(),
    });
    try {
      await rig.until('the camera to be live', ({ state }) => state === 'live', 15_000);
      const lines = rig.logLines.filter((line) => line.includes('no hardware encoder works at 320x180'));
      expect(lines).toHaveLength(1);
      expect(rig.camera.state().encoder).toMatch(/^encoded here \(320x180, 30 fps, x264, /);
    } finally {
      await rig.dispose();
    }
  });
});

/** An ffmpeg whose hardware encoders all fail, whatever this host has. */
function withoutHardware(): string {
  const program = join(folder, 'ffmpeg');
  const script =
    '#!/bin/sh\ncase "$*" in *h264_*) echo "[error] no such device" >&2; exit 1;; esac\nexec ffmpeg "$@"\n';
  writeFileSync(program, script, { mode: 0o755 });
  return program;
}

describe('GStreamer', () => {
  /** gst-inspect-1.0 that does not know one element. */
  const lacking = (element: string): Record<string, string | undefined> => {
    const program = join(folder, 'gst-inspect-1.0');
    writeFileSync(program, `#!/bin/sh\n[ "$2" != ${element} ]\n`, { mode: 0o755 });
    return { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  };
  const timers = platformTimers({ unref: true });
  const check = (env: Record<string, string | undefined>) =>
    missingGstreamer({ spawn: createSpawn({ env, timers }), timers }, ['fdsrc', 'x264enc', 'h264parse']);

  const noGstreamer = gstreamerMissing();
  it.skipIf(noGstreamer !== undefined)('that has everything is not complained about', async () => {
    expect(await check(process.env)).toBeUndefined();
  });

  it.each([
    ['x264enc', 'gstreamer1.0-plugins-ugly'],
    ['h264parse', 'gstreamer1.0-plugins-bad'],
  ])('without %s names the package %s', async (element, from) => {
    expect(await check(lacking(element))).toBe(
      `GStreamer has no element "${element}"; install the package ${from} or set encode.backend to ffmpeg`,
    );
  });

  it('that is not installed is told as such', async () => {
    expect(await check({ PATH: '/nowhere' })).toMatch(
      /needs the programs gst-inspect-1\.0 and gst-launch-1\.0, which are not installed; install the package gstreamer1\.0-tools/,
    );
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
