import { beforeEach, describe, expect, it } from 'vitest';
import { type BuiltinCamera, createBuiltinCamera } from '../../../../relay/camera/builtin-camera.ts';
import type { CameraConfig } from '../../../../relay/config/schema.ts';
import type { ChildEvents, ChildSpec } from '../../../../relay/process/child.ts';
import type { Ending } from '../../../../relay/process/ending.ts';
import type { CameraState } from '../../../../src/shared/protocol.ts';
import { fragment, initBoxes, join } from '../../../support/boxes.ts';
import { cameraConfig } from '../../../support/camera-config.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const PART_MS = 1024 / 15.36;
const KILLED: Ending = { kind: 'signal', signal: 'SIGKILL' };
const FAILED: Ending = { kind: 'exit', code: 1 };

/** A process that the test plays. */
class FakeProcess {
  readonly signals: string[] = [];
  readonly spec: ChildSpec;
  readonly events: ChildEvents;
  #parts = 0;
  #reports = 0;
  #mediaMs = 0;

  constructor(spec: ChildSpec, events: ChildEvents) {
    this.spec = spec;
    this.events = events;
  }

  header(): void {
    const { ftyp, moov } = initBoxes();
    this.events.onStdout(join(ftyp, moov));
  }

  part(): void {
    this.events.onStdout(fragment(this.#parts * PART_MS, this.#parts % 15 === 0));
    this.#parts += 1;
  }

  /** One progress report; times are of the half second before it. */
  progress({ speed = 1, duplicatedRatio = 0 } = {}): void {
    this.#reports += 1;
    this.#mediaMs += 500 * speed;
    const frames = this.#reports * 15;
    this.events.onControl(
      `frame=${frames}\nout_time_us=${this.#mediaMs * 1000}\ndup_frames=${Math.round(frames * duplicatedRatio)}\nprogress=continue\n`,
    );
  }

  argument(name: string): string | undefined {
    return this.spec.args[this.spec.args.indexOf(name) + 1];
  }
}

let time: FakeTime;
let processes: FakeProcess[];
let records: Set<number>;
let states: CameraState[];
let camera: BuiltinCamera;

function create(config: CameraConfig): void {
  camera = createBuiltinCamera({
    config,
    partMs: 67,
    ffmpegPath: 'ffmpeg',
    runRecords: {
      add: (pid) => {
        records.add(pid);
        return () => records.delete(pid);
      },
    },
    clock: time,
    wallClock: time,
    timers: time,
    random: () => 0,
    spawn: (spec, events) => {
      const fake = new FakeProcess(spec, events);
      const pid = processes.push(fake);
      return { pid, signal: (signal) => fake.signals.push(signal) };
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  camera.onChange((state) => states.push(state));
  camera.start();
}

const newest = (): FakeProcess => {
  const last = processes.at(-1);
  if (last === undefined) throw new Error('no process');
  return last;
};
const names = (): string[] => states.map(({ state }) => state);

/** Media in real time, with progress reports. */
function play(ms: number, figures?: { speed?: number; duplicatedRatio?: number }): void {
  const process = newest();
  const endMs = time.now() + ms;
  let reportMs = time.now() + 500;
  while (time.now() < endMs && process === newest() && process.signals.length === 0) {
    time.advance(PART_MS);
    process.part();
    if (time.now() < reportMs) continue;
    reportMs += 500;
    process.progress(figures);
  }
}

function goLive(config = cameraConfig({ type: 'test' })): void {
  create(config);
  newest().header();
  play(1_500);
  expect(camera.state().state).toBe('live');
}

beforeEach(() => {
  time = new FakeTime(1_700_000_000_000);
  processes = [];
  records = new Set();
  states = [];
});

describe('a builtin camera', () => {
  it('has no rungs before its first media, and one with the size of the picture after', () => {
    create(cameraConfig({ type: 'test' }));
    expect(camera.state()).toMatchObject({ state: 'starting', rungs: [], restarts: 0, reason: '' });
    expect(camera.rungs()).toEqual([]);
    newest().header();
    expect(camera.state().rungs).toEqual([
      { id: 'main', width: 640, height: 360, fps: 30, bitrateKbps: 600 },
    ]);
  });

  it('tells of changes only', () => {
    goLive();
    const before = states.length;
    play(5_000);
    expect(states).toHaveLength(before);
  });

  it('freezes with the reason when the encoder is killed, and keeps its timeline when it comes back', () => {
    goLive();
    const timeline = camera.rungs()[0]?.timeline;
    newest().events.onEnded(KILLED);
    expect(camera.state()).toMatchObject({
      state: 'frozen',
      reason: 'encoder was killed (SIGKILL); restarting',
    });
    time.advance(500);
    expect(processes).toHaveLength(2);
    newest().header();
    play(1_500);
    expect(camera.state()).toMatchObject({ state: 'live', restarts: 1 });
    expect(camera.rungs()[0]?.timeline).toBe(timeline);
  });

  it('replaces an encoder that hangs and says so', () => {
    goLive();
    time.advance(3_250);
    expect(camera.state()).toMatchObject({ state: 'frozen', reason: 'no picture for 3 s' });
    time.advance(2_500);
    expect(newest().signals).toEqual(['SIGTERM', 'SIGKILL']);
    newest().events.onEnded(KILLED);
    expect(camera.state().reason).toBe('encoder delivered no picture for 5 s and was killed; restarting');
  });

  it('replaces an encoder that writes garbage', () => {
    goLive();
    newest().events.onStdout(new TextEncoder().encode('Segmentation fault\n'));
    expect(newest().signals).toEqual(['SIGTERM']);
    newest().events.onEnded(KILLED);
    expect(camera.state().reason).toMatch(/^encoder delivered damaged media \(.*\); restarting$/);
  });

  it('is offline with the words of the source when it never delivered', () => {
    create(cameraConfig({ type: 'file', path: '/media/front.mp4' }));
    newest().events.onStderr('[error] file:/media/front.mp4: No such file or directory\n');
    newest().events.onEnded(FAILED);
    expect(camera.state()).toMatchObject({
      state: 'offline',
      reason: 'front.mp4 does not exist; check the path; restarting',
    });
  });

  it('does not hurry after a wrong password: cameras lock the account', () => {
    create(cameraConfig({ type: 'rtsp', url: 'rtsp://admin:no@cam/x' }));
    newest().events.onStderr('[error] pipe:0: Server returned 401 Unauthorized (authorization failed)\n');
    newest().events.onEnded(FAILED);
    time.advance(29_000);
    expect(processes).toHaveLength(1);
    time.advance(1_500);
    expect(processes).toHaveLength(2);
  });

  it('tries again without text where there is no font, without being called offline', () => {
    create(cameraConfig({ type: 'test' }));
    expect(newest().argument('-i')).toContain('drawtext');
    newest().events.onStderr(
      '[Parsed_drawtext_8 @ 0x1] [error] Cannot find a valid font for the family Sans\n',
    );
    newest().events.onEnded(FAILED);
    time.advance(500);
    expect(newest().argument('-i')).not.toContain('drawtext');
    expect(names()).not.toContain('offline');
  });

  it('starts the encoder anew when the camera changes its size', () => {
    goLive(cameraConfig({ type: 'rtsp', url: 'rtsp://cam/x' }));
    const line = (w: number, h: number): string =>
      `[graph 0 input from stream 0:0 @ 0x1] [verbose] w:${w} h:${h} pixfmt:yuv420p\n`;
    newest().events.onStderr(line(640, 360));
    expect(newest().signals).toEqual([]);
    newest().events.onStderr(line(1280, 720));
    expect(newest().signals).toEqual(['SIGTERM']);
    newest().events.onEnded(KILLED);
    expect(processes).toHaveLength(2);
    expect(names()).not.toContain('frozen');
  });

  it('takes a faster preset when the host is too slow', () => {
    goLive();
    expect(newest().argument('-preset')).toBe('superfast');
    play(30_000, { speed: 0.8 });
    newest().events.onEnded(KILLED);
    expect(newest().argument('-preset')).toBe('ultrafast');
  });

  it('is degraded with advice when nothing faster is left, and live again when it keeps up', () => {
    goLive(cameraConfig({ type: 'test' }, { preset: 'ultrafast' }));
    play(30_000, { speed: 0.8 });
    expect(camera.state().state).toBe('degraded');
    expect(camera.state().reason).toMatch(
      /^this host encodes only (79|80) % of the pictures in time at preset ultrafast; choose a smaller size or fewer frames$/,
    );
    play(10_000);
    expect(camera.state()).toMatchObject({ state: 'live', reason: '' });
  });

  it('counts pictures that the test source could not draw in time as lost speed', () => {
    goLive();
    play(8_000, { duplicatedRatio: 0.25 });
    expect(camera.telemetry()?.speed).toBeCloseTo(0.75, 1);
  });

  it('does not take the repeats of a camera with fewer frames for slowness', () => {
    goLive(cameraConfig({ type: 'test', fps: 15 }));
    play(8_000, { duplicatedRatio: 0.5 });
    expect(camera.telemetry()?.speed).toBeCloseTo(1, 1);
  });

  it('an address that cannot be one is told without trying', () => {
    create(cameraConfig({ type: 'rtsp', url: 'rtsp://:99999/x' }));
    time.advance(1);
    expect(processes).toEqual([]);
    expect(camera.state()).toMatchObject({
      state: 'offline',
      reason: 'the camera address is no URL; write rtsp://host:port/path; next try in 30 s',
    });
  });

  it('records the process while it runs, and stops when it is gone', async () => {
    goLive();
    expect([...records]).toEqual([1]);
    const stopped = camera.stop();
    expect(newest().signals).toEqual(['SIGTERM']);
    newest().events.onEnded({ kind: 'exit', code: 255 });
    await stopped;
    expect([...records]).toEqual([]);
    expect(time.pending).toBe(0);
    expect(camera.state().state).toBe('live');
  });
});
