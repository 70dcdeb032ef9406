import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Run } from '../../../../relay/capacity/watched.ts';
import { cameraConfig } from '../../../support/camera-config.ts';
import { FAILED, FakeEncoders, type FakeProcess, KILLED, PART_MS } from '../../../support/fake-encoders.ts';

let world: FakeEncoders;
beforeEach(() => {
  world = new FakeEncoders();
});

/** Media of these processes alone, in real time. */
async function play(ms: number, ...processes: readonly FakeProcess[]): Promise<void> {
  for (let n = 0; n < ms / PART_MS; n += 1) {
    await world.advance(PART_MS);
    for (const process of processes) process.part();
  }
}

describe('a camera', () => {
  it('has no rungs before its first media, and one with the size of the picture after', async () => {
    await world.create(cameraConfig({ type: 'test' }));
    expect(world.camera.state()).toMatchObject({ state: 'starting', rungs: [], restarts: 0, reason: '' });
    expect(world.camera.rungs()).toEqual([]);
    world.newest.header();
    world.play(500);
    expect(world.camera.state().rungs).toMatchObject([
      { id: 'main', width: 640, height: 360, fps: 30, codecs: 'avc1.42c01e', origin: 'camera' },
    ]);
  });

  it('tells of changes only', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    const before = world.states.length;
    world.play(5_000);
    expect(world.states).toHaveLength(before);
  });

  it('does not put its state together again while nothing changes', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    world.play(2_000);
    const text = vi.spyOn(JSON, 'stringify');
    world.play(5_000);
    const times = text.mock.calls.length;
    text.mockRestore();
    expect(times).toBe(0);
  });

  it('tells when its keyframes come further apart', async () => {
    await world.goLive(cameraConfig({ type: 'rtsp', url: 'rtsp://cam/main' }));
    expect(world.camera.state().encoder).toContain('keyframes 1.0 s apart');
    for (let n = 0; n < 61; n += 1) {
      world.time.advance(1024 / 15.36);
      world.newest.part({ keyframe: n % 30 === 0 });
    }
    expect(world.camera.state().encoder).toContain('keyframes 2.0 s apart');
  });

  it('freezes with the reason when the encoder is killed, and keeps its timeline when it comes back', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    const timeline = world.camera.rungs()[0]?.timeline;
    await world.newest.end(KILLED);
    expect(world.camera.state()).toMatchObject({
      state: 'frozen',
      reason: 'encoder was killed (SIGKILL); restarting',
    });
    await world.advance(500);
    expect(world.processes).toHaveLength(2);
    world.newest.header();
    world.play(1_500);
    expect(world.camera.state()).toMatchObject({ state: 'live', restarts: 1 });
    expect(world.camera.rungs()[0]?.timeline).toBe(timeline);
  });

  it('replaces an encoder that hangs and says so', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    await world.advance(2_250);
    expect(world.newest.signals).toEqual(['SIGKILL']);
    await world.newest.end(KILLED);
    expect(world.camera.state()).toMatchObject({
      state: 'frozen',
      reason: 'encoder delivered no picture for 2 s and was killed; restarting',
    });
  });

  it('replaces one that is stopped, or waits for nothing, sooner', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    world.activity = 'waiting';
    await world.advance(1_250);
    expect(world.newest.signals).toEqual(['SIGKILL']);
  });

  it('leaves one alone that a full host does not let run', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    world.activity = 'busy';
    await world.advance(4_500);
    expect(world.newest.signals).toEqual([]);
  });

  it('replaces an encoder that writes garbage', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    world.newest.garbage();
    expect(world.newest.signals).toEqual(['SIGTERM']);
    await world.newest.end(KILLED);
    expect(world.camera.state().reason).toMatch(/^encoder delivered damaged media \(.*\); restarting$/);
  });

  it('is offline with the words of the source when it never delivered', async () => {
    await world.create(cameraConfig({ type: 'file', path: '/media/front.mp4' }));
    world.newest.says('[error] file:/media/front.mp4: No such file or directory');
    await world.newest.end(FAILED);
    expect(world.camera.state()).toMatchObject({
      state: 'offline',
      reason: 'front.mp4 does not exist; check the path; restarting',
    });
  });

  it('does not hurry after a wrong password: cameras lock the account', async () => {
    await world.create(cameraConfig({ type: 'rtsp', url: 'rtsp://admin:no@cam/x' }));
    world.newest.says('[error] pipe:0: Server returned 401 Unauthorized (authorization failed)');
    await world.newest.end(FAILED);
    await world.advance(29_000);
    expect(world.processes).toHaveLength(1);
    await world.advance(1_500);
    expect(world.processes).toHaveLength(2);
  });

  it('tries again without text where there is no font, without being called offline', async () => {
    await world.create(cameraConfig({ type: 'test' }));
    expect(world.newest.argument('-i')).toContain('drawtext');
    world.newest.says('[Parsed_drawtext_8 @ 0x1] [error] Cannot find a valid font for the family Sans');
    await world.newest.end(FAILED);
    await world.advance(500);
    expect(world.newest.argument('-i')).not.toContain('drawtext');
    expect(world.names).not.toContain('offline');
  });

  it('takes the quickest preset when the host is too slow, then one smaller picture that fits', async () => {
    await world.goLive(cameraConfig({ type: 'test', size: '1280x720' }));
    expect(world.newest.argument('-preset')).toBe('superfast');
    world.play(30_000, { speed: 0.8 });
    await world.newest.end(KILLED);
    expect(world.newest.argument('-preset')).toBe('ultrafast');
    world.newest.header();
    world.play(30_000, { speed: 0.8 });
    await world.newest.end(KILLED);
    expect(world.newest.argument('-vf')).toContain('scale=960:540');
    world.newest.header();
    world.play(2_000);
    expect(world.camera.state()).toMatchObject({ state: 'degraded' });
    expect(world.camera.state().reason).toContain('960x540');
    expect(world.names).not.toContain('frozen');
  });

  it('counts pictures that the test source could not draw in time as lost speed', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    world.play(8_000, { duplicatedRatio: 0.25 });
    expect(world.camera.telemetry()?.speed).toBeCloseTo(0.75, 1);
  });

  it('does not take the repeats of a camera with fewer frames for slowness', async () => {
    await world.goLive(cameraConfig({ type: 'test', fps: 15 }));
    world.play(8_000, { duplicatedRatio: 0.5 });
    expect(world.camera.telemetry()?.speed).toBeCloseTo(1, 1);
  });

  it('an address that cannot be one is told without trying', async () => {
    await world.create(cameraConfig({ type: 'rtsp', url: 'rtsp://:99999/x' }));
    await world.advance(1);
    expect(world.processes).toEqual([]);
    expect(world.camera.state()).toMatchObject({
      state: 'offline',
      reason: 'the camera address is no URL; write rtsp://host:port/path; next try in 30 s',
    });
  });

  it('records the process while it runs, and stops when it is gone', async () => {
    await world.goLive(cameraConfig({ type: 'test' }));
    expect([...world.records]).toEqual([1]);
    const stopped = world.camera.stop();
    expect(world.newest.signals).toEqual(['SIGTERM']);
    await world.newest.end({ kind: 'exit', code: 255 });
    await stopped;
    expect([...world.records]).toEqual([]);
    expect(world.time.pending).toBe(0);
    expect(world.camera.state().state).toBe('live');
  });
});

/** A camera of 1080p whose substream says nothing yet. */
async function hangingSubstream(): Promise<{ main: FakeProcess; sub: FakeProcess }> {
  const substreams = [{ url: 'rtsp://cam/sub' }];
  await world.create(cameraConfig({ type: 'rtsp', url: 'rtsp://cam/main', substreams }));
  const [main, sub] = world.processes;
  if (main === undefined || sub === undefined) throw new Error('both streams are to be opened');
  main.header(0, { width: 1920, height: 1080 });
  return { main, sub };
}

describe('a camera one of whose streams hangs at its start', () => {
  const ids = (): string[] => world.camera.rungs().map(({ rung }) => rung.id);

  it('says in the log which stream a line is about', async () => {
    await hangingSubstream();
    const started = world.loggedFields.filter((_, line) => world.logged[line]?.startsWith('ingest started'));
    expect(started.map(({ stream }) => stream)).toEqual(['main', 'sub1']);
  });

  it('waits for it as long as a picture may stand, then shows what there is', async () => {
    const { main } = await hangingSubstream();
    await play(2_900, main);
    expect(ids()).toEqual([]);
    await play(800, main);
    expect(ids()).toEqual(['main', '720', '360', '180']);
    await play(1_500, main);
    expect(world.camera.state()).toMatchObject({ state: 'live', reason: '' });
  });

  it('does not wait when all of them come', async () => {
    const { main, sub } = await hangingSubstream();
    sub.header();
    await play(400, main, sub);
    expect(ids()).toEqual(['main', '720', 'sub1', '180']);
  });

  it('gains its rungs when it comes, and what plays meanwhile goes on until nobody watches it', async () => {
    const { main, sub } = await hangingSubstream();
    await play(4_000, main);
    const small = world.camera.rungs().find(({ rung }) => rung.id === '360');
    const release = small?.use();
    await play(500, main);
    const transcoder = world.newest;
    expect(transcoder).not.toBe(sub);
    sub.header();
    await play(500, main, sub);
    expect(ids()).toEqual(['main', '720', 'sub1', '360', '180']);
    expect(world.camera.rungs().find(({ rung }) => rung.id === '360')?.timeline).toBe(small?.timeline);
    expect(transcoder.signals).toEqual([]);
    expect(world.newest).toBe(transcoder);
    release?.();
    await play(31_000, main, sub);
    expect(ids()).toEqual(['main', '720', 'sub1', '180']);
    expect(transcoder.signals).toContain('SIGTERM');
  });
});

describe('a rung that this host cannot make in full', () => {
  it('degrades its camera while somebody watches it, not while it is only kept for the next one', async () => {
    world = new FakeEncoders({ cores: 0.5 });
    await world.create(cameraConfig({ type: 'rtsp', url: 'rtsp://cam/main' }));
    const main = world.newest;
    main.header(0, { width: 3840, height: 2160 });
    await play(2_000, main);
    const small = world.camera.rungs().find(({ rung }) => rung.id === '360');
    const release = small?.use();
    await play(500, main);
    expect(world.camera.state()).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('shown are its keyframes only'),
    });
    const limit = () => world.camera.state().rungs.find(({ id }) => id === '360')?.limit;
    expect(limit()).toBe(world.camera.state().reason);
    release?.();
    expect(world.camera.state()).toMatchObject({ state: 'live', reason: '' });
    expect(limit()).toBeUndefined();
    await play(31_000, main);
    expect(world.camera.state().rungs.find(({ id }) => id === '360')).toMatchObject({ asleep: true });
  });
});

describe('a rung that is to be made in another way', () => {
  /** The rung's pictures, about as far as its source has come. */
  function delivers(transcoder: FakeProcess, count: number): void {
    transcoder.header();
    for (let n = 0; n < count; n += 1) transcoder.part();
  }

  /** A camera whose rung 180 is made by `transcoder`, with what is measured of it. */
  async function made() {
    const { main, sub } = await hangingSubstream();
    const measured: Run[] = [];
    const ended: Run[] = [];
    const run = world.capacity.run.bind(world.capacity);
    vi.spyOn(world.capacity, 'run').mockImplementation((id, its) => {
      const end = run(id, its);
      measured.push(its);
      return () => {
        ended.push(its);
        end();
      };
    });
    await play(4_000, main);
    const small = world.camera.rungs().find(({ rung }) => rung.id === '180');
    small?.use();
    await play(200, main);
    const transcoder = world.newest;
    delivers(transcoder, 65);
    sub.header();
    return { main, sub, small, transcoder, measured, ended };
  }

  it('is measured as it is until the other one takes over', async () => {
    const { main, sub, transcoder, measured, ended } = await made();
    await play(1_000, main, sub);
    const next = world.newest;
    expect(next).not.toBe(transcoder);
    expect(transcoder.signals).toEqual([]);
    expect([measured.length, ended.length]).toEqual([1, 0]);
    delivers(next, 30);
    await play(600, main, sub);
    expect(transcoder.signals).toEqual(['SIGTERM']);
    expect(ended).toEqual([measured[0]]);
    expect(measured).toHaveLength(2);
  });

  it('ends when this host has no room for it any more', async () => {
    const { main, sub, transcoder, ended } = await made();
    vi.spyOn(world.capacity, 'admit').mockReturnValue({ kind: 'refused', words: 'no room' });
    await play(1_000, main, sub);
    expect(world.camera.state()).toMatchObject({ state: 'degraded', reason: 'no room' });
    expect(transcoder.signals).toEqual(['SIGTERM']);
    expect(world.newest).toBe(transcoder);
    expect(ended).toHaveLength(1);
  });
});

describe('a camera whose encoder was started but cannot be kept', () => {
  const records = {
    add: (): never => {
      throw new Error('ENOSPC: no space left on device');
    },
  };

  it('kills it, and starts no other one before it is gone', async () => {
    world = new FakeEncoders({ runRecords: records });
    await world.create(cameraConfig({ type: 'test' }));
    expect(world.newest.signals).toEqual(['SIGKILL']);
    await world.advance(90_000);
    expect(world.processes).toHaveLength(1);
    expect(world.camera.state().state).toBe('starting');
  });

  it('says why when it is gone, and tries again', async () => {
    world = new FakeEncoders({ runRecords: records });
    await world.create(cameraConfig({ type: 'test' }));
    await world.newest.end(KILLED);
    expect(world.camera.state()).toMatchObject({
      state: 'offline',
      reason: 'ENOSPC: no space left on device; next try in 30 s',
    });
    await world.advance(31_000);
    expect(world.processes).toHaveLength(2);
  });
});
