import { describe, expect, it } from 'vitest';
import type { RtspSource } from '../../../../relay/config/schema.ts';
import type { OnvifAnswer } from '../../../../relay/discovery/onvif-camera.ts';
import type { FoundCamera } from '../../../../relay/discovery/probe-message.ts';
import type { Log } from '../../../../relay/log.ts';
import { AddressWatch, type WatchedCamera } from '../../../../relay/manage/address-watch.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const LOGIN = { username: 'viewer', password: 's3cr3t' };
const at = (host: string): RtspSource => ({ type: 'rtsp', url: `rtsp://${host}/main`, ...LOGIN });
const found = (id: string, host: string, direct = true): FoundCamera => ({
  ...{ id, name: undefined, model: undefined, direct },
  url: `http://${host}/onvif/device_service`,
});
const streams = (...paths: string[]): OnvifAnswer => ({
  ...{ kind: 'streams', model: undefined, open: false },
  streams: paths.map((path) => ({
    ...{ name: path, url: `rtsp://10.9.9.9${path}`, codec: 'H264', size: undefined },
    ...{ fps: undefined, gop: undefined, lens: undefined },
  })),
});

/** One camera, `yard` with the id `y`, at 192.0.2.7, and a network. */
function setUp({ live }: { live: boolean }) {
  const time = new FakeTime();
  let camera: WatchedCamera = { id: 'yard', onvifId: 'y', source: at('192.0.2.7'), live };
  let network: readonly FoundCamera[] = [];
  let answer: OnvifAnswer = streams('/main');
  let searches = 0;
  const asked: unknown[] = [];
  const moves: string[] = [];
  const warnings: string[] = [];
  const log = { warn: (_about: unknown, text: string) => warnings.push(text) } as unknown as Log;
  const stop = new AddressWatch({
    ...{ clock: time, timers: time, log },
    cameras: () => [camera],
    search: async () => {
      searches += 1;
      await Promise.resolve();
      return network;
    },
    ask: async (url, login) => {
      asked.push([new URL(url).host, login]);
      return answer;
    },
    move: async (_id, source) => {
      moves.push(source.url);
      camera = { ...camera, source, live: false };
    },
  }).start();
  return {
    ...{ asked, moves, warnings, stop },
    searches: () => searches,
    is: (state: 'live' | 'gone') => {
      camera = { ...camera, live: state === 'live' };
    },
    network: (...cameras: FoundCamera[]) => {
      network = cameras;
    },
    answers: (next: OnvifAnswer) => {
      answer = next;
    },
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 1000) {
        time.advance(1000);
        for (let n = 0; n < 10; n += 1) await Promise.resolve();
      }
    },
  };
}

describe('AddressWatch', () => {
  it('looks once at the start for a camera that is there, and no more', async () => {
    const world = setUp({ live: true });
    world.network(found('y', '192.0.2.7'));
    await world.pass(600_000);
    expect([world.searches(), world.asked, world.moves]).toEqual([1, [], []]);
  });

  it('finds one that got another address while the relay was off, though another camera has the old one', async () => {
    const world = setUp({ live: true });
    world.network(found('other', '192.0.2.7'), found('y', '192.0.2.8'));
    await world.pass(1000);
    expect(world.moves).toEqual(['rtsp://192.0.2.8/main']);
    expect(world.asked).toEqual([['192.0.2.8', LOGIN]]);
  });

  it('looks for one that is gone: after 15 s, then ever more seldom, until it is found', async () => {
    const world = setUp({ live: true });
    world.network(found('y', '192.0.2.7'));
    await world.pass(60_000);
    world.is('gone');
    world.network();
    await world.pass(14_000);
    expect(world.searches()).toBe(1);
    await world.pass(6_000);
    expect(world.searches()).toBe(2);
    await world.pass(3_600_000);
    expect(world.searches()).toBeLessThan(20);
    world.network(found('y', '192.0.2.8'));
    await world.pass(305_000);
    expect(world.moves).toEqual(['rtsp://192.0.2.8/main']);
  });

  it('takes no other camera, and asks none', async () => {
    const world = setUp({ live: false });
    world.network(found('other', '192.0.2.8'), found('third', '192.0.2.7'));
    await world.pass(600_000);
    expect([world.asked, world.moves]).toEqual([[], []]);
  });

  it('asks nobody whom somebody else told of', async () => {
    const world = setUp({ live: false });
    world.network(found('y', '192.0.2.8', false));
    await world.pass(600_000);
    expect([world.asked, world.moves]).toEqual([[], []]);
  });

  it('takes none of two that say they are it', async () => {
    const world = setUp({ live: false });
    world.network(found('y', '192.0.2.8'), found('y', '192.0.2.9'));
    await world.pass(600_000);
    expect([world.asked, world.moves]).toEqual([[], []]);
    expect(world.warnings).toEqual([
      'yard is looked for by its ONVIF id: 192.0.2.8 and 192.0.2.9 answer with it, so none is taken',
    ]);
  });

  it.each<[OnvifAnswer, string]>([
    [{ kind: 'refused' }, '192.0.2.8 answers, but refuses the user or password, so it is not taken'],
    [streams('/other'), '192.0.2.8 answers, but has no stream at the path that is read, so it is not taken'],
  ])('tries the password once, and says why it takes nothing: %j', async (answer, words) => {
    const world = setUp({ live: false });
    world.network(found('y', '192.0.2.8'));
    world.answers(answer);
    await world.pass(3_600_000);
    expect([world.asked.length, world.moves]).toEqual([1, []]);
    expect(world.warnings).toEqual([`yard is looked for by its ONVIF id: ${words}`]);
  });

  it('asks again one that did not answer in time', async () => {
    const world = setUp({ live: false });
    world.network(found('y', '192.0.2.8'));
    world.answers({ kind: 'failed', why: 'it does not answer in time' });
    await world.pass(20_000);
    expect(world.moves).toEqual([]);
    world.answers(streams('/main'));
    await world.pass(60_000);
    expect(world.moves).toEqual(['rtsp://192.0.2.8/main']);
  });

  it('asks one that answers where it was but sends nothing once, and leaves it there', async () => {
    const world = setUp({ live: false });
    world.network(found('y', '192.0.2.7'));
    await world.pass(3_600_000);
    expect([world.asked.length, world.moves, world.warnings]).toEqual([1, [], []]);
  });
});
