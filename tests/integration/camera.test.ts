/** A camera with real ffmpeg: media, faults and bad input. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processStartTime } from '../../relay/process/run-records.ts';
import { recordedProcesses } from '../../rig/run-records.ts';
import { unwrapStripMs } from '../../src/wire/strip.ts';
import { cameraConfig } from '../support/camera-config.ts';
import { type CameraRig, startCamera } from '../support/camera-rig.ts';
import { eventually } from '../support/eventually.ts';
import { readTimedStrips } from '../support/strip-frames.ts';

const FRAME_MS = 1000 / 30;
const SMALL = { type: 'test', size: '320x180' };

let folder: string;
let rigs: CameraRig[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-clips-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(rigs.map((rig) => rig.dispose()));
  rigs = [];
});

function start(...args: Parameters<typeof startCamera>): CameraRig {
  const rig = startCamera(...args);
  rigs.push(rig);
  return rig;
}

const live = (rig: CameraRig, withinMs = 10_000) =>
  rig.until('the camera to be live', ({ state }) => state === 'live', withinMs);

/** Every part follows the one before it: same segment, or the first of the next. */
function expectOrdered({ parts }: CameraRig): void {
  parts.slice(1).forEach(({ part }, i) => {
    const before = parts[i]?.part;
    if (before === undefined) return;
    const follows = part.msn === before.msn ? part.index === before.index + 1 : part.index === 0;
    expect([before.msn, before.index, part.msn, part.index, follows]).toContain(true);
    expect(part.msn - before.msn).toBeLessThanOrEqual(1);
  });
}

describe('a test camera', () => {
  it('delivers parts of two frames in order, each segment from one keyframe to the next', async () => {
    const rig = start(cameraConfig(SMALL));
    const state = await live(rig);
    expect(state.rungs).toMatchObject([{ id: 'main', width: 320, height: 180, fps: 30, bitrateKbps: 300 }]);
    await eventually(
      'four segments',
      () => rig.camera.rungs()[0]?.timeline.segments.length ?? 0,
      (n) => n > 4,
    );
    expectOrdered(rig);
    const lengths = rig.parts.map(({ part }) => part.durationMs);
    expect(Math.min(...lengths)).toBeGreaterThan(FRAME_MS - 0.1);
    // A picture stays for longer where a busy host leaves one out.
    const long = lengths.filter((ms) => ms > 2 * FRAME_MS + 0.1);
    expect(long.length).toBeLessThan(lengths.length / 20);
    for (const segment of rig.camera.rungs()[0]?.timeline.segments.slice(0, -1) ?? []) {
      expect(segment.durationMs).toBeCloseTo(1000, 0);
      const [first, ...others] = segment.parts.map(({ independent }) => independent);
      expect(first).toBe(true);
      expect(others).not.toContain(true);
      expect(others.length).toBeGreaterThan(11);
    }
  });

  it('says when each picture was taken, to a few ms', async () => {
    const rig = start(cameraConfig(SMALL));
    await eventually(
      'five seconds of media',
      () => rig.parts.length,
      (count) => count >= 75,
    );
    const parts = [...rig.parts];
    const timeline = rig.camera.rungs()[0]?.timeline;
    const init = timeline?.init(timeline.segments[0]?.initId ?? '');
    if (init === undefined) throw new Error('no init segment');
    const frames = readTimedStrips([init.bytes, ...parts.map(({ part }) => part.data)]);
    expect(frames.length).toBeGreaterThan(100);
    const errors = frames
      .map(({ afterMs, strip }) => {
        const pdtMs = (parts[0]?.part.pdtMs ?? 0) + afterMs;
        expect(strip).toBeDefined();
        return Math.abs(pdtMs - unwrapStripMs(strip ?? Number.NaN, pdtMs));
      })
      .sort((a, b) => a - b);
    // A frame drawn late on a busy host sits up to half a frame beside its place; most are drawn in time.
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(15);
    expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThan(2 * FRAME_MS);
  });

  it('measures its encoder', async () => {
    const rig = start(cameraConfig(SMALL));
    const figures = await eventually(
      'figures',
      () => rig.camera.telemetry(),
      (telemetry) => (telemetry?.fps ?? 0) > 28,
    );
    expect(figures?.speed).toBeGreaterThan(0.9);
    expect(figures?.bitrateKbps).toBeGreaterThan(20);
  });

  it('leaves no process and no record behind when it stops, and may be stopped twice', async () => {
    const rig = start(cameraConfig(SMALL));
    await live(rig);
    const pid = rig.pid();
    await rig.camera.stop();
    await rig.camera.stop();
    expect(processStartTime(pid)).toBeUndefined();
    expect(recordedProcesses(rig.dataDir)).toEqual([]);
  });
});

describe('a fault of the encoder', () => {
  it('killed: frozen at once with the reason, live again within 4 s, a new epoch, the sequence goes on', async () => {
    const rig = start(cameraConfig(SMALL));
    await live(rig);
    const killedMs = performance.now();
    process.kill(rig.pid(), 'SIGKILL');
    const frozen = await rig.until('frozen', ({ state }) => state === 'frozen', 1_000);
    expect(frozen.reason).toBe('encoder was killed (SIGKILL); restarting');
    await live(rig, 5_000);
    expect(performance.now() - killedMs).toBeLessThan(4_000);
    expect(rig.camera.state().restarts).toBe(1);
    expectOrdered(rig);
    expect(rig.parts.at(-1)?.segment.epoch).toBe(2);
    expect(
      rig.camera.rungs()[0]?.timeline.segments.filter(({ discontinuity }) => discontinuity),
    ).toHaveLength(1);
  });

  it('hung (stopped): frozen within 4 s, moving again within 5 s', async () => {
    const rig = start(cameraConfig(SMALL));
    await live(rig);
    const stoppedMs = performance.now();
    const pid = rig.pid();
    process.kill(pid, 'SIGSTOP');
    await rig.until('frozen', ({ state }) => state === 'frozen', 4_000);
    const count = rig.parts.length;
    await eventually(
      'media again',
      () => rig.parts.length,
      (now) => now > count,
      5_000,
    );
    expect(performance.now() - stoppedMs).toBeLessThan(5_000);
    expect(processStartTime(pid)).toBeUndefined();
    await live(rig);
  });

  it('a requested restart comes at once and does not freeze the camera', async () => {
    const rig = start(cameraConfig(SMALL));
    await live(rig);
    rig.camera.restart('asked by the test');
    await eventually(
      'a new epoch',
      () => rig.parts.at(-1)?.segment.epoch,
      (epoch) => epoch === 2,
    );
    expect(rig.states.map(({ state }) => state)).not.toContain('frozen');
  });
});

describe('a looped file', () => {
  const clip = (name: string, seconds: number): string => {
    const path = join(folder, name);
    const source = `testsrc2=s=320x180:r=30:d=${seconds}`;
    const { status } = spawnSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      source,
      '-c:v',
      'libx264',
      path,
    ]);
    expect(status).toBe(0);
    return path;
  };

  it('plays across its end without a gap', async () => {
    const rig = start(cameraConfig({ type: 'file', path: clip('short.mp4', 2) }));
    await eventually(
      'six seconds of media',
      () => rig.parts.length,
      (count) => count >= 90,
      15_000,
    );
    expectOrdered(rig);
    expect(new Set(rig.parts.map(({ segment }) => segment.epoch))).toEqual(new Set([1]));
    const steps = rig.parts.slice(1).map(({ part }, i) => {
      const before = rig.parts[i]?.part;
      return before === undefined ? 0 : part.pdtMs - before.pdtMs - before.durationMs;
    });
    expect(Math.max(...steps.map(Math.abs))).toBeLessThan(5);
  });

  it.each([
    ['of 0 bytes', ''],
    ['that is damaged', 'this is no video '.repeat(500)],
  ])('%s is offline with one clear sentence', async (_what, content) => {
    const path = join(folder, 'bad clip.mp4');
    writeFileSync(path, content);
    const rig = start(cameraConfig({ type: 'file', path }));
    const state = await rig.until('offline', ({ state: name }) => name === 'offline');
    expect(state.reason).toMatch(
      /^bad clip\.mp4 holds no video that can be read; it is damaged, empty or of an unknown kind; /,
    );
  });

  it('that is not there is offline with its name, and plays once it is', async () => {
    const path = join(folder, 'later.mp4');
    const rig = start(cameraConfig({ type: 'file', path }));
    const state = await rig.until('offline', ({ state: name }) => name === 'offline');
    expect(state.reason).toMatch(/^later\.mp4 does not exist; check the path; /);
    clip('later.mp4', 1);
    await live(rig, 15_000);
  });
});

describe('a host that lacks something', () => {
  it('no ffmpeg: offline, with what to do', async () => {
    const rig = start(cameraConfig(SMALL), { ffmpegPath: join(folder, 'no-ffmpeg') });
    const state = await rig.until('offline', ({ state: name }) => name === 'offline');
    expect(state.reason).toBe(
      `encoder cannot start: program "${join(folder, 'no-ffmpeg')}" was not found; install it or set its path in the configuration; next try in 30 s`,
    );
  });

  it('a program that is no ffmpeg: its exit is told', async () => {
    const rig = start(cameraConfig(SMALL), { ffmpegPath: '/bin/false' });
    const state = await rig.until('offline', ({ state: name }) => name === 'offline');
    expect(state.reason).toBe('encoder ended with exit code 1; restarting');
  });

  it('a program that writes garbage: told and replaced', async () => {
    const program = join(folder, 'garbage');
    writeFileSync(program, '#!/bin/sh\nexec yes this is no media\n', { mode: 0o755 });
    const rig = start(cameraConfig(SMALL), { ffmpegPath: program });
    const state = await rig.until('offline', ({ state: name }) => name === 'offline');
    expect(state.reason).toMatch(/^encoder delivered damaged media \(box " is " of \d+ bytes/);
  });
});
