import { describe, expect, it, vi } from 'vitest';
import { CameraTile, type TileCamera } from '../../../../../src/viewer/tile/camera-tile.ts';
import { CLOSE } from '../../../../../src/wire/protocol.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { FakeHls, FakeVideo } from '../player/fake-player.ts';
import { FakeSocket } from '../push/fake-socket.ts';
import { init, PART_MS, part } from '../push/media.ts';

vi.mock('hls.js/light', async () => ({ default: (await import('../player/fake-player.ts')).FakeHls }));
vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });

const RUNGS = [
  { id: '1080', height: 1080 },
  { id: '360', height: 360 },
];
const [BEST, SMALL] = [RUNGS.slice(0, 1), RUNGS.slice(1)];

/** A tile of 360 lines whose media socket is open. */
function setUp(rungs: TileCamera['rungs'] = RUNGS) {
  const time = new FakeTime();
  const video = new FakeVideo();
  const sockets: FakeSocket[] = [];
  const camera: TileCamera = { id: 'door', offsetMs: 0, state: 'live', reason: '', rungs };
  const tile = new CameraTile({
    video: video.element,
    camera,
    clock: time,
    timers: time,
    relayNowMs: () => time.now(),
    openSocket: (url, handlers) => {
      const socket = new FakeSocket(url, handlers);
      sockets.push(socket);
      return socket;
    },
    random: () => 1,
    workerUrl: '',
    mode: 'ultra-low',
    targetMs: 300,
    hidden: () => false,
    onRefused: () => {},
    log: () => {},
  });
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  const open = (): FakeSocket => {
    newest().handlers.onOpen();
    return newest();
  };
  let n = 0;
  const startMs = time.now();
  const wait = (ms: number): void => {
    for (const end = time.now() + ms; time.now() < end; ) {
      time.advance(250);
      tile.check(false);
    }
  };
  /** Media by the newest socket, each part shown as it comes. */
  const play = (seconds: number): void => {
    const socket = newest();
    for (const end = n + seconds * 10; n < end; n += 1) {
      socket.frame(part(n, { pdtMs: startMs + n * PART_MS }));
      const startSec = (n * PART_MS) / 1000;
      FakeHls.last.say(FakeHls.Events.FRAG_BUFFERED, {
        frag: { type: 'main', sn: 1 + Math.floor(n / 10) },
        part: { index: n % 10, elementaryStreams: { video: { startPTS: startSec, endPTS: startSec + 0.1 } } },
      });
      video.ranges = [[0, startSec + 0.1]];
      video.currentTime = startSec + 0.1;
      video.total += 3;
      time.advance(PART_MS);
      tile.check(false);
    }
  };
  const lose = (): void => newest().handlers.onClose(CLOSE.notFound, 'no such rung');
  const asked = (): unknown => (sockets.length === 0 ? undefined : newest().sent[0]);
  tile.start({ url: 'ws://relay/media', token: 'secret' });
  open().frame(init());
  const tell = (changes: Partial<TileCamera>): void => tile.update({ ...tile.camera, ...changes });
  return { time, tile, video, sockets, open, play, wait, lose, asked, tell };
}

describe('a tile whose rung is gone', () => {
  it.each([
    { phase: 'playing', before: ({ play }: ReturnType<typeof setUp>) => play(3) },
    { phase: 'connecting', before: () => {} },
    {
      phase: 'buffering',
      before: ({ play, wait }: ReturnType<typeof setUp>) => {
        play(3);
        wait(1_000);
      },
    },
    {
      phase: 'stale',
      before: ({ play, wait }: ReturnType<typeof setUp>) => {
        play(3);
        wait(2_750);
      },
    },
  ])('asks for another one while it is $phase', ({ phase, before }) => {
    const rig = setUp();
    before(rig);
    expect(rig.tile.check(false).phase).toBe(phase);
    expect(rig.asked()).toMatchObject({ rung: '360' });
    rig.lose();
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '1080' });
  });

  it('asks for the one that is left, also when the relay told of it before the socket was closed', () => {
    const rig = setUp();
    rig.play(2);
    rig.tell({ rungs: BEST });
    rig.lose();
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '1080' });
  });

  it('asks for the only rung by name when the best one, left to the relay, is gone', () => {
    const rig = setUp(BEST);
    expect(rig.asked()).not.toHaveProperty('rung');
    rig.lose();
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '1080' });
  });

  it('waits when there is nothing to choose, until the relay tells of the camera', () => {
    const rig = setUp(SMALL);
    rig.play(2);
    rig.lose();
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '360' });
    rig.lose();
    const before = rig.sockets.length;
    rig.wait(3_000);
    rig.tell({ reason: 'the same camera' });
    expect(rig.sockets).toHaveLength(before);
    rig.tell({ rungs: BEST });
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '1080' });
  });

  it('asks again, slowly and for ever, should the relay never tell', () => {
    const rig = setUp(SMALL);
    rig.play(2);
    rig.lose();
    rig.open();
    const before = rig.sockets.length;
    for (let n = 0; n < 600; n += 1) {
      rig.lose();
      rig.wait(1_000);
    }
    expect(rig.sockets.length - before).toBeGreaterThan(10);
    expect(rig.sockets.length - before).toBeLessThan(60);
  });

  it('asks for it again when it is back', () => {
    const rig = setUp();
    rig.play(2);
    rig.tell({ rungs: BEST });
    rig.lose();
    rig.open().frame(init());
    rig.play(4);
    rig.tell({ rungs: RUNGS });
    rig.play(1);
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '360' });
  });
});
