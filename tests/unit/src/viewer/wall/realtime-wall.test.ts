import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RealtimeWall } from '../../../../../src/viewer/wall/realtime-wall.ts';
import type { WallCamera } from '../../../../../src/viewer/wall/wall-ports.ts';
import type { TileView, WallView } from '../../../../../src/viewer/wall/wall-view.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { tileView } from '../../../../support/wall-state.ts';
import { FakeElements, FakePeer } from '../webrtc/fake-peer.ts';

vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

beforeEach(() => {
  FakePeer.made.length = 0;
});

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const TARGET = { url: 'http://relay/whep', token: 't' };
const FRONT: WallCamera = { id: 'front', offsetMs: 0, state: 'live' };

/** The engine as far as the real-time wall knows it: who is shown, and a view when the test says so. */
class FakeEngine {
  readonly shown = new Map<string, number>();
  readonly told: string[] = [];
  effective: WallView['effective'] = 'ultra-low';
  tile: Partial<TileView> = {};
  #listener: (view: WallView) => void = () => {};

  show(camera: WallCamera): () => void {
    this.shown.set(camera.id, (this.shown.get(camera.id) ?? 0) + 1);
    this.told.push(`show ${camera.id}`);
    return () => {
      this.shown.delete(camera.id);
      this.told.push(`leave ${camera.id}`);
    };
  }

  updateCamera(camera: WallCamera): void {
    this.told.push(`${camera.id} is ${camera.state}`);
  }

  onView(listener: (view: WallView) => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  tick(): void {
    const tiles = [...this.shown.keys()].map((camera) => tileView({ camera, ...this.tile }));
    this.#listener({
      mode: 'auto',
      effective: this.effective,
      targetMs: 300,
      why: '',
      decisions: [],
      link: undefined,
      asks: 'all',
      skewMs: undefined,
      tiles,
    });
  }
}

function setUp() {
  const engine = new FakeEngine();
  const time = new FakeTime();
  const page = { hidden: false, h264: true };
  const requests: string[] = [];
  const wall = new RealtimeWall({
    engine,
    clock: time,
    relayNowMs: () => time.now(),
    hidden: () => page.hidden,
    fetch: (url, init) => {
      requests.push(`${init?.method} ${url}`);
      return Promise.resolve(new Response('answer', { status: 201, headers: { Location: 'front/main/s1' } }));
    },
    createPeer: () => new FakePeer().connection,
    receivesH264: () => page.h264,
    log: () => {},
  });
  let view: WallView | undefined;
  wall.onView((next) => {
    view = next;
  });
  const video = new FakeElements();
  const leave = wall.show(FRONT, video.element);
  /** Runs the wall for this long, with pictures in real-time tiles while `moving`. */
  const run = async (ms: number, moving = true): Promise<void> => {
    for (let done = 0; done < ms; done += 250) {
      time.advance(250);
      if (moving) video.total += 7;
      engine.tick();
      await settled();
    }
  };
  const tile = (): TileView | undefined => view?.tiles[0];
  const picture = (): void => {
    FakePeer.made.at(-1)?.track({});
    video.trials.at(-1)?.dispatchEvent(new Event('loadeddata'));
  };
  return { engine, wall, video, page, requests, leave, run, tile, picture };
}

/** A wall whose tile plays in real time. */
async function realtime() {
  const rig = setUp();
  rig.wall.setTarget('', TARGET);
  await rig.run(250);
  rig.picture();
  await rig.run(1_000);
  return rig;
}

describe('RealtimeWall', () => {
  it('is the engine’s wall while real-time pictures are not wanted', async () => {
    const { engine, run, tile, requests } = setUp();
    await run(5_000);
    expect(engine.told).toEqual(['show front']);
    expect(tile()).toEqual(tileView({ camera: 'front' }));
    expect(requests).toEqual([]);
  });

  it('takes the tile from the engine with the first picture, not before', async () => {
    const { engine, wall, run, tile, picture } = setUp();
    wall.setTarget('', TARGET);
    await run(1_000);
    expect(engine.told).toEqual(['show front']);
    expect(tile()?.realtime).toBeUndefined();
    picture();
    await run(250);
    expect(engine.told).toEqual(['show front', 'leave front']);
    expect(tile()).toMatchObject({ camera: 'front', phase: 'playing', realtime: true, inGroup: false });
  });

  it('hands the tile back when pictures stop, and calls it catching up, not starting', async () => {
    const { engine, run, tile, video } = await realtime();
    await run(1_250, false);
    expect(engine.told.slice(2)).toEqual(['show front']);
    expect(video.poster).toBe('data:image/jpeg;base64,last');
    engine.tile = { phase: 'connecting' };
    await run(250);
    expect(tile()?.phase).toBe('buffering');
    await run(3_000);
    expect(tile()?.phase).toBe('connecting');
  });

  it('plays on by push when there is no picture within 3 s, and tries again', async () => {
    const { engine, wall, run, requests } = setUp();
    wall.setTarget('', TARGET);
    await run(3_500);
    expect(engine.told).toEqual(['show front']);
    expect(requests).toEqual(['POST http://relay/whep/front', 'DELETE http://relay/whep/front/main/s1']);
    await run(10_000);
    expect(requests.slice(2)).toEqual(['POST http://relay/whep/front']);
  });

  it.each(['balanced', 'stable'] as const)('goes back to push in mode %s', async (mode) => {
    const { engine, run, tile, requests } = await realtime();
    engine.effective = mode;
    await run(250);
    expect(tile()?.realtime).toBeUndefined();
    expect(requests.at(-1)).toBe('DELETE http://relay/whep/front/main/s1');
  });

  it('goes back to push when the user or the relay ends it', async () => {
    const { engine, wall, run, tile } = await realtime();
    wall.setTarget('', undefined);
    await run(250);
    expect(tile()?.realtime).toBeUndefined();
    expect(engine.shown.get('front')).toBe(1);
  });

  it('calls anew after the relay’s address or token changed, and only then', async () => {
    const { wall, run, requests } = await realtime();
    wall.setTarget('', { ...TARGET });
    await run(250);
    expect(requests).toHaveLength(1);
    wall.setTarget('', { ...TARGET, token: 'new' });
    await run(250);
    expect(requests.slice(1)).toEqual([
      'DELETE http://relay/whep/front/main/s1',
      'POST http://relay/whep/front',
    ]);
  });

  it.each([
    ['a camera that is down', { ...FRONT, state: 'offline' as const }, false],
    ['a hidden page', FRONT, true],
  ])('does not call for %s', async (_what, camera, hidden) => {
    const { wall, page, run, requests } = setUp();
    wall.updateCamera(camera);
    page.hidden = hidden;
    wall.setTarget('', TARGET);
    await run(5_000);
    expect(requests).toEqual([]);
    page.hidden = false;
    wall.updateCamera(FRONT);
    await run(250);
    expect(requests).toHaveLength(1);
  });

  it('keeps real-time pictures through a hidden page', async () => {
    const { page, run, tile } = await realtime();
    page.hidden = true;
    await run(30_000, false);
    expect(tile()).toMatchObject({ realtime: true, phase: 'hidden' });
  });

  it('ends everything when the tile leaves the wall', async () => {
    const { engine, leave, run, tile, requests } = await realtime();
    leave();
    await run(500);
    expect(requests.at(-1)).toBe('DELETE http://relay/whep/front/main/s1');
    expect(engine.shown.size).toBe(0);
    expect(tile()).toBeUndefined();
  });

  it('says why a tile is not real-time, until it is or is not wanted any more', async () => {
    const { wall, page, run, tile, picture, requests } = setUp();
    page.h264 = false;
    wall.setTarget('', TARGET);
    await run(500);
    expect(tile()).toMatchObject({ notRealtime: 'this browser has no H.264 for WebRTC' });
    expect(requests).toEqual([]);
    page.h264 = true;
    await run(10_250);
    picture();
    await run(250);
    expect(tile()?.realtime).toBe(true);
    expect(tile()?.notRealtime).toBeUndefined();
    page.h264 = false;
    await run(2_000, false);
    expect(tile()?.notRealtime).toBe('no new picture');
    wall.setTarget('', undefined);
    await run(250);
    expect(tile()?.notRealtime).toBeUndefined();
  });

  describe('with several rungs', () => {
    const RUNGS: WallCamera = {
      ...FRONT,
      rungs: [
        { id: 'main', height: 360 },
        { id: 'low', height: 180 },
      ],
    };
    const opened = (requests: string[]) => requests.filter((request) => request.startsWith('POST'));

    /** A tile 180 pixels high that plays in real time. */
    async function small() {
      const rig = setUp();
      rig.wall.updateCamera(RUNGS);
      rig.video.clientHeight = 180;
      rig.wall.setTarget('', TARGET);
      await rig.run(250);
      rig.picture();
      await rig.run(1_000);
      return rig;
    }

    it('asks for the rung that the tile’s size asks for', async () => {
      const { requests, tile } = await small();
      expect(opened(requests)).toEqual(['POST http://relay/whep/front/low']);
      expect(tile()?.rung).toBe('low');
    });

    it('goes over to a larger one when the tile grows, in real time all the while', async () => {
      const { engine, requests, video, run, tile, picture } = await small();
      video.clientHeight = 700;
      await run(750);
      expect(opened(requests).slice(1)).toEqual(['POST http://relay/whep/front/main']);
      expect(tile()).toMatchObject({ realtime: true, rung: 'low' });
      picture();
      await run(250);
      expect(tile()).toMatchObject({ realtime: true, rung: 'main' });
      expect(engine.told.filter((told) => told === 'show front')).toHaveLength(1);
    });

    it.each([{ asleep: true }, { codecs: 'hvc1.1.6.L120.90' }])(
      'does not ask for one that is %o',
      async (told) => {
        const { wall, requests, video, run } = await small();
        wall.updateCamera({
          ...RUNGS,
          rungs: [
            { id: 'main', height: 360, ...told },
            { id: 'low', height: 180 },
          ],
        });
        video.clientHeight = 700;
        await run(4_000);
        expect(opened(requests)).toHaveLength(1);
      },
    );

    it('hangs up a larger one that is not needed any more before it came', async () => {
      const { requests, video, run, tile } = await small();
      video.clientHeight = 700;
      await run(500);
      video.clientHeight = 180;
      await run(3_000);
      expect(requests.at(-1)).toMatch(/^DELETE/);
      await run(20_000);
      expect(opened(requests)).toHaveLength(2);
      expect(tile()).toMatchObject({ realtime: true, rung: 'low' });
    });
  });
});
