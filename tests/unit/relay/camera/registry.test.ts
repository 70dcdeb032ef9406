import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../../relay/camera/camera.ts';
import type { MadeCamera } from '../../../../relay/camera/listed-camera.ts';
import { CameraRegistry } from '../../../../relay/camera/registry.ts';
import { diffConfigs } from '../../../../relay/config/diff.ts';
import { type Config, configSchema } from '../../../../relay/config/schema.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

const config = (...cameras: (string | object)[]): Config =>
  v.parse(configSchema, {
    cameras: cameras.map((camera) => ({
      source: { type: 'rtsp', url: 'rtsp://cam/main' },
      ...(typeof camera === 'string' ? { id: camera } : camera),
    })),
  });

/** Keeps what happens to it; ends when it is told that its process has. */
class Made extends SyntheticCamera implements MadeCamera {
  readonly #note: (what: string) => void;
  ended: () => void = () => undefined;

  constructor(id: string, note: (what: string) => void) {
    super({ id });
    this.#note = note;
  }

  start(): void {
    this.#note(`start ${this.id}`);
  }

  stop(): Promise<void> {
    this.#note(`stop ${this.id}`);
    return new Promise((resolve) => {
      this.ended = resolve;
    });
  }
}

function setUp(first: Config) {
  const time = new FakeTime();
  const log: string[] = [];
  const made: Made[] = [];
  const registry = new CameraRegistry(
    {
      runId: 'run',
      timers: time,
      create: ({ id }) => {
        const camera = new Made(id, (what) => log.push(what));
        made.push(camera);
        return camera;
      },
    },
    first.cameras,
  );
  registry.start({
    onState: ({ id, name, offsetMs, reason }, order) =>
      log.push(
        `state ${id} "${name}" ${offsetMs}${order === undefined ? '' : ` of ${order.join(' ')}`}${reason === '' ? '' : ` (${reason})`}`,
      ),
    onRemoved: (id) => log.push(`removed ${id}`),
    onGone: (camera) => log.push(`gone ${registry.runOf(camera)}`),
  });
  let running = first;
  const apply = (next: Config): Promise<void> => {
    const diff = diffConfigs(running, next);
    running = next;
    return registry.apply(next.cameras, diff);
  };
  const taken = (): string[] => log.splice(0);
  const get = (id: string): Camera => {
    const camera = registry.cameras.get(id);
    if (camera === undefined) throw new Error(`no ${id}`);
    return camera;
  };
  time.advance(1000);
  return { time, made, registry, apply, taken, get };
}

describe('CameraRegistry', () => {
  it('starts cameras one after the other', () => {
    const { taken } = setUp(config('a', 'b'));
    expect(taken()).toEqual(['start a', 'start b']);
  });

  it('lets cameras come and go, and leaves the others alone', async () => {
    const { time, made, registry, apply, taken, get } = setUp(config('a', 'b'));
    taken();
    const kept = get('b');
    const applied = apply(config('c', 'b', 'd'));
    expect([...registry.cameras.keys()]).toEqual(['c', 'b', 'd']);
    expect(taken()).toEqual([
      'gone run',
      'removed a',
      'state c "c" 0 of c b d',
      'state d "d" 0 of c b d',
      'stop a',
    ]);
    time.advance(1000);
    expect(taken()).toEqual([]);
    made[0]?.ended();
    await applied;
    time.advance(1000);
    expect(taken()).toEqual(['start c', 'start d']);
    expect(get('b')).toBe(kept);
  });

  it('says of a camera that is read at another address where that is, and not as whom', async () => {
    const { made, apply, taken } = setUp(config('a'));
    taken();
    const url = 'rtsp://viewer:s3cr3t@192.0.2.9:8554/main';
    const applied = apply(config({ id: 'a', source: { type: 'rtsp', url } }));
    made[0]?.ended();
    await applied;
    expect(taken()).toContain('state a "a" 0 (its address is 192.0.2.9:8554 now)');
  });

  it('leaves a camera alone that is given an ONVIF id', async () => {
    const { apply, taken } = setUp(config('a'));
    taken();
    await apply(config({ id: 'a', source: { type: 'rtsp', url: 'rtsp://cam/main', onvifId: 'urn:uuid:1' } }));
    expect(taken()).toEqual(['state a "a" 0']);
  });

  it('gives a camera another name and offset while its processes go on', async () => {
    const { made, apply, taken, get } = setUp(config('a', 'b'));
    taken();
    const camera = get('a');
    await apply(config({ id: 'a', name: 'Door', offsetMs: 40 }, 'b'));
    expect(taken()).toEqual(['state a "Door" 40']);
    made[0]?.change({ state: 'live' });
    expect(taken()).toEqual(['state a "Door" 40']);
    expect([get('a') === camera, camera.state()]).toEqual([
      true,
      expect.objectContaining({ name: 'Door', offsetMs: 40, state: 'live' }),
    ]);
  });

  it('replaces a camera, the old process first, and under numbers of its own', async () => {
    const { time, made, registry, apply, taken, get } = setUp(config('a', 'b'));
    taken();
    const old = get('a');
    const other = { id: 'a', source: { type: 'rtsp', url: 'rtsp://cam/other' } };
    const applied = apply(config(other, 'b'));
    expect(taken()).toEqual(['gone run', 'state a "a" 0 (its address is cam now)', 'stop a']);
    expect(get('a')).not.toBe(old);
    expect([registry.runOf(get('a')), registry.runOf(get('b'))]).toEqual(['run-2', 'run']);
    made[0]?.ended();
    await applied;
    time.advance(1000);
    expect(taken()).toEqual(['start a']);
    // What the old process still says is nobody's business.
    made[0]?.change({ state: 'offline' });
    expect(taken()).toEqual([]);
  });

  it('tells an order that changed once', async () => {
    const { registry, apply, taken } = setUp(config('a', 'b', 'c'));
    taken();
    await apply(config('c', 'a', 'b'));
    expect(taken()).toEqual(['state c "c" 0 of c a b']);
    expect([...registry.cameras.keys()]).toEqual(['c', 'a', 'b']);
  });

  it('starts nothing once the relay stops, and waits for what is going', async () => {
    const { time, made, registry, apply, taken } = setUp(config('a'));
    const applied = apply(config('b'));
    let stopped = false;
    const stopping = registry.stop().then(() => {
      stopped = true;
    });
    made[1]?.ended();
    await Promise.resolve();
    expect(stopped).toBe(false);
    made[0]?.ended();
    await Promise.all([applied, stopping]);
    time.advance(1000);
    expect(taken().filter((what) => what.startsWith('start'))).toEqual(['start a']);
  });
});
