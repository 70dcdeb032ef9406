/** Rungs that are made on demand, by both backends and all profiles, of real ffmpeg's pictures. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { processStartTime } from '../../relay/process/run-records.ts';
import { recordedProcesses } from '../../rig/run-records.ts';
import { unwrapStripMs } from '../../src/wire/strip.ts';
import type { Timeline } from '../../src/wire/timeline.ts';
import { cameraConfig } from '../support/camera-config.ts';
import { type CameraRig, startCamera } from '../support/camera-rig.ts';
import { eventually } from '../support/eventually.ts';
import { gstreamerMissing } from '../support/gstreamer.ts';
import { readTimedStrips } from '../support/strip-frames.ts';

type Ending = Pick<TestContext, 'onTestFinished'>;

/** A camera that goes with its test. */
function start(
  { onTestFinished }: Ending,
  encode: Record<string, unknown>,
  source: Record<string, unknown> = {},
): CameraRig {
  const rig = startCamera(cameraConfig({ type: 'test', ...source }, encode), { cores: 8 });
  onTestFinished(() => rig.dispose());
  return rig;
}

/** Somebody watches all of its rungs. */
async function watched(rig: CameraRig): Promise<void> {
  await rig.until('the camera to have rungs', ({ rungs }) => rungs.length > 0, 15_000);
  for (const rung of rig.camera.rungs()) rung.use();
}

const closed = (timeline: Timeline) => timeline.segments.filter((segment) => segment.closed);

/** Waits for so many whole segments on each rung. */
async function segments(rig: CameraRig, count: number): Promise<ReadonlyMap<string, Timeline>> {
  await rig.until('the camera to be live', ({ state }) => state === 'live', 15_000);
  await watched(rig);
  await eventually(
    `${count} segments on each rung`,
    () => Math.min(...rig.camera.rungs().map(({ timeline }) => closed(timeline).length)),
    (least) => least >= count,
    20_000,
  );
  return new Map(rig.camera.rungs().map(({ rung, timeline }) => [rung.id, timeline]));
}

/** Largest difference of the times at which segments that begin with the same picture begin. */
function misalignmentMs(timelines: readonly Timeline[]): number {
  const [best, ...others] = timelines;
  const starts = new Map(
    best?.segments.map(({ parts, pdtMs }) => [Math.round(parts[0]?.mediaMs ?? Number.NaN), pdtMs]),
  );
  const differences = others.flatMap((timeline) =>
    timeline.segments.flatMap(({ parts, pdtMs }) => {
      const same = starts.get(Math.round(parts[0]?.mediaMs ?? Number.NaN));
      return same === undefined ? [] : [Math.abs(same - pdtMs)];
    }),
  );
  expect(differences.length).toBeGreaterThan(others.length);
  return Math.max(...differences);
}

/** Median of how much later than the picture was drawn its PDT is. */
function lateMs(timeline: Timeline, fps: number): number {
  const parts = closed(timeline).flatMap((segment) => segment.parts);
  const init = timeline.init(timeline.segments[0]?.initId ?? '');
  if (init === undefined) throw new Error('no init segment');
  const [first] = parts;
  const frames = readTimedStrips([init.bytes, ...parts.map(({ data }) => data)]);
  expect(frames.length).toBeGreaterThan(0.8 * fps * 2);
  expect(frames.filter(({ strip }) => strip === undefined).length).toBeLessThan(frames.length / 10);
  const late = frames
    .flatMap(({ afterMs, strip }) => {
      const pdtMs = (first?.pdtMs ?? 0) + afterMs;
      return strip === undefined ? [] : [pdtMs - unwrapStripMs(strip, pdtMs)];
    })
    .sort((a, b) => a - b);
  return late[Math.floor(late.length / 2)] ?? Number.NaN;
}

const RUNGS = [
  { id: 'big', size: '640x360' },
  { id: 'mid', size: '426x240', fps: 15 },
  { id: 'small', size: '320x180', fps: 5, bitrateKbps: 90 },
];

const noGstreamer = gstreamerMissing();

describe.each(['ffmpeg', 'gstreamer'])('a ladder by %s', (backend) => {
  const lacking = backend === 'gstreamer' ? noGstreamer : undefined;
  beforeEach((context) => context.skip(lacking !== undefined, lacking));

  it('has all rungs aligned to the ms, each with its true size and rate', async (context) => {
    const rig = start(context, { backend, rungs: RUNGS });
    const timelines = await segments(rig, 3);
    expect(rig.camera.state().rungs).toMatchObject([
      { id: 'big', width: 640, height: 360, fps: 30 },
      { id: 'mid', width: 426, height: 240, fps: 15 },
      { id: 'small', width: 320, height: 180, fps: 5, bitrateKbps: 90 },
    ]);
    expect(misalignmentMs([...timelines.values()])).toBeLessThan(1);
    for (const { rung, timeline } of rig.camera.rungs()) {
      for (const segment of closed(timeline)) {
        expect(segment.durationMs).toBeCloseTo(1000, 0);
        expect(segment.parts.filter(({ independent }) => independent)).toHaveLength(1);
        expect(segment.parts[0]?.durationMs).toBeCloseTo(Math.max(1000 / rung.fps, 200 / 3), 0);
      }
      // Half a picture of the slowest rung: a picture too early or late shows, a busy host does not.
      expect(Math.abs(lateMs(timeline, rung.fps))).toBeLessThan(100);
    }
    const commands = recordedProcesses(rig.dataDir).map(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    );
    expect(commands.join('\n')).toContain(backend === 'ffmpeg' ? 'libx264' : 'x264enc');
  });

  // This one and the following side by side: pictures this small are little work, and take their time.
  it.concurrent('killed at its source, comes back with all rungs, and leaves nothing behind', async (context) => {
    const rig = start(context, { backend, rungs: RUNGS });
    await segments(rig, 1);
    const pids = recordedProcesses(rig.dataDir)
      .filter(({ label }) => label.includes('(big)'))
      .map(({ pid }) => pid);
    expect(pids).toHaveLength(backend === 'ffmpeg' ? 1 : 2);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await eventually(
      'a new epoch on each rung',
      () => rig.camera.rungs().map(({ timeline }) => timeline.segments.at(-1)?.epoch),
      (epochs) => epochs.every((epoch) => epoch === 2),
    );
    for (const pid of pids) expect(processStartTime(pid)).toBeUndefined();
    await rig.camera.stop();
    expect(recordedProcesses(rig.dataDir)).toEqual([]);
  });

  it.concurrent.for([
    ['low-latency', 1000],
    ['plan', 2000],
    ['quality', 1000],
  ] as const)(
    'with profile %s has a keyframe every %i ms, no B-frames, and the right time on its pictures',
    async ([profile, gopMs], context) => {
      const rig = start(context, { backend, profile }, { size: '320x180' });
      const timelines = await segments(rig, 2);
      const timeline = timelines.get('main');
      if (timeline === undefined) throw new Error('no rung');
      for (const segment of closed(timeline)) expect(segment.durationMs).toBeCloseTo(gopMs, 0);
      expect(Math.abs(lateMs(timeline, 30))).toBeLessThan(20);
      expect(rig.camera.state().encoder).toContain(profile);
    },
  );
});

describe('automatic rungs', () => {
  it('of a large test picture are a small one that is always there, and others on demand', async (context) => {
    const rig = start(context, { preset: 'ultrafast' }, { size: '1920x1080', fps: 15 });
    await segments(rig, 2);
    expect(rig.camera.state().rungs.map(({ id, width, height }) => [id, width, height])).toEqual([
      ['main', 1920, 1080],
      ['sub1', 1280, 720],
      ['sub2', 640, 360],
      ['180', 320, 180],
    ]);
  });

  it('are one for a small source', async (context) => {
    const rig = start(context, {}, { size: '320x180' });
    await segments(rig, 1);
    expect(rig.camera.state().rungs).toHaveLength(1);
  });
});
