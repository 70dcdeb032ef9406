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

/** A tile whose media socket is open. */
function setUp(rungs: TileCamera['rungs'] = RUNGS, shownHeightPx = 360, url = 'ws://relay/media') {
  const time = new FakeTime();
  const video = new FakeVideo();
  video.clientHeight = shownHeightPx;
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
    playable: ({ codecs }) => ({
      supported: codecs?.startsWith('hvc1') !== true,
      smooth: true,
      powerEfficient: false,
    }),
    onRefused: () => {},
    onResized: () => {},
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
  /** Media by this socket alone, not shown. */
  const feed = (socket: FakeSocket, from: number, to: number): void => {
    for (let at = from; at < to; at += 1) socket.frame(part(at, { pdtMs: startMs + at * PART_MS }));
  };
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
      video.ranges = [[0, startSec + 0.1]];
      FakeHls.last.appended(Math.floor(n / 10), Math.floor(n / 10));
      video.currentTime = startSec + 0.1;
      video.total += 3;
      time.advance(PART_MS);
      tile.check(false);
    }
  };
  const lose = (): void => newest().handlers.onClose(CLOSE.notFound, 'no such rung');
  const asked = (): unknown => (sockets.length === 0 ? undefined : newest().sent[0]);
  tile.start({ url, token: 'secret' });
  if (sockets.length > 0) open().frame(init());
  const tell = (changes: Partial<TileCamera>): void => tile.update({ ...tile.camera, ...changes });
  return { time, tile, video, sockets, open, play, wait, feed, lose, asked, tell };
}

describe('a tile of a camera whose rungs the relay learns', () => {
  it.each([
    ['4K, which it was sent meanwhile, at once', 2160, true],
    ['a smaller one not before the other is there', 1080, false],
  ])('leaves %s for the one that fits', (_what, height, atOnce) => {
    const { asked, tell, sockets, play, wait } = setUp([]);
    expect(asked()).not.toHaveProperty('rung');
    play(1);
    tell({ rungs: [{ id: 'best', height }, ...SMALL] });
    wait(250);
    expect(sockets.map(({ closed }) => closed)).toEqual([atOnce, false]);
    sockets.at(-1)?.handlers.onOpen();
    expect(asked()).toMatchObject({ rung: '360' });
  });

  it('stays with the best one where that fits', () => {
    const { tell, sockets, wait } = setUp([], 1080);
    tell({ rungs: RUNGS });
    wait(250);
    expect(sockets.map(({ closed }) => closed)).toEqual([false]);
  });
});

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

describe('a tile whose link carries less than it would like', () => {
  const STREAMS = [
    { id: 'main', height: 360, bitrateKbps: 600 },
    { id: 'sub', height: 180, bitrateKbps: 100 },
  ] as const;

  it('goes down though its pictures stand, says why, and up again when it may', () => {
    const rig = setUp(STREAMS);
    rig.play(2);
    expect(rig.asked()).toMatchObject({ rung: 'main' });
    rig.wait(1_000);
    rig.tile.rungs.setMost('sub');
    const sub = rig.open();
    expect(rig.asked()).toMatchObject({ rung: 'sub', start: 'next-keyframe' });
    sub.frame(init({ id: 'i2' }));
    rig.feed(sub, 20, 21);
    expect(rig.tile.rungs.rung).toBe('sub');
    rig.tile.rungs.setMost(undefined);
    rig.play(1);
    expect(rig.open().sent[0]).toMatchObject({ rung: 'main' });
  });

  it('takes no larger rung in the place of one that does not come', () => {
    const rig = setUp([{ id: 'best', height: 1_080, bitrateKbps: 4_000 }, ...STREAMS], 180);
    rig.play(2);
    rig.tile.rungs.setMost('sub');
    rig.wait(30_000);
    rig.play(2);
    const asked = rig.sockets.map(({ sent }) => (sent[0] as { rung?: string } | undefined)?.rung);
    expect(asked).not.toContain('best');
    expect(asked).not.toContain('main');
  });

  it('tells what it could go down to, and what that takes', () => {
    const { rungs } = setUp(STREAMS).tile;
    expect(rungs.steps()).toEqual([
      { id: 'sub', kbps: 100 },
      { id: 'main', kbps: 600 },
    ]);
    rungs.setMost('sub');
    expect(rungs.steps()).toHaveLength(2);
  });
});

const MAIN = { id: 'main', width: 640, height: 480, origin: 'camera', codecs: 'avc1.64001e' } as const;
const MADE = { id: '360', width: 640, height: 360, origin: 'transcode', codecs: 'avc1.64001e' } as const;
const HEVC = { ...MAIN, codecs: 'hvc1.1.6.L120.90' };

describe('a tile whose rung falls silent', () => {
  it('shows another one meanwhile, and goes back when it had time to mend', () => {
    const rig = setUp([MAIN, MADE]);
    rig.tile.rungs.setRoomy(false);
    rig.play(2);
    expect(rig.asked()).toMatchObject({ rung: '360' });
    const before = rig.sockets.length;
    const silentMs = rig.time.now();
    rig.wait(1_000);
    expect(rig.sockets).toHaveLength(before);
    rig.wait(500);
    const main = rig.open();
    expect(rig.asked()).toMatchObject({ rung: 'main' });
    main.frame(init({ id: 'i2', codecs: 'avc1.640028' }));
    rig.feed(main, 20, 30);
    rig.wait(250);
    expect(rig.tile.rungs.rung).toBe('main');
    // The hold of its failure is 10 s.
    const asked = rig.sockets.length;
    let n = 30;
    for (; rig.sockets.length === asked && n < 200; n += 1) {
      rig.feed(main, n, n + 1);
      rig.video.total += 3;
      rig.wait(100);
    }
    expect(rig.time.now() - silentMs).toBeGreaterThan(10_000);
    expect(rig.open().sent[0]).toMatchObject({ rung: '360' });
    expect(rig.tile.rungs.rung).toBe('main');
  });

  it('stays when it is back before the other one was there', () => {
    const rig = setUp([MAIN, MADE]);
    rig.tile.rungs.setRoomy(false);
    rig.play(2);
    const [old] = rig.sockets.slice(-1);
    rig.wait(1_500);
    const main = rig.open();
    expect(main).not.toBe(old);
    if (old !== undefined) rig.feed(old, 20, 21);
    expect([main.closed, rig.tile.rungs.rung]).toEqual([true, '360']);
    rig.wait(250);
    expect(rig.sockets.at(-1)).toBe(main);
  });

  it.each<[string, Partial<TileCamera>]>([
    ['the whole camera is away', { state: 'offline', rungs: [MAIN, MADE] }],
    ['the relay does not tell who makes which rung', { rungs: RUNGS }],
    ['the others sleep', { rungs: [{ ...MAIN, asleep: true }, MADE] }],
  ])('waits where %s', (_what, changes) => {
    const rig = setUp(changes.rungs);
    rig.tile.rungs.setRoomy(false);
    rig.play(2);
    rig.tell(changes);
    const before = rig.sockets.length;
    rig.wait(2_500);
    expect(rig.sockets).toHaveLength(before);
  });

  it('plays on when a rung does not wake, tries it again later, and not for as long as that', () => {
    const rig = setUp(
      [
        { ...MADE, asleep: true },
        { ...MAIN, width: 426, height: 240 },
      ],
      240,
    );
    rig.play(1);
    expect(rig.asked()).toMatchObject({ rung: 'main' });
    const [old] = rig.sockets.slice(-1);
    rig.video.clientHeight = 360;
    const asked: number[] = [];
    for (let n = 10; n < 600; n += 1) {
      const before = rig.sockets.length;
      if (old !== undefined) rig.feed(old, n, n + 1);
      rig.video.total += 3;
      rig.wait(100);
      if (rig.sockets.length > before) {
        asked.push(rig.time.now());
        expect(rig.open().sent[0]).toMatchObject({ rung: '360' });
      }
      expect(rig.tile.rungs.rung).toBe('main');
    }
    // 6 s of waiting and 10 s of leaving it alone, then 20 s, then 40 s.
    const seconds = asked.map((atMs) => Math.floor((atMs - (asked[0] ?? 0)) / 1000));
    expect(seconds).toEqual([0, 16, 42, 88]);
    expect(old?.closed).toBe(false);
  });
});

describe('a tile that was enlarged to a stream its computer does not decode in time', () => {
  const STREAM = { ...MAIN, width: 3840, height: 2160, fps: 25, codecs: 'avc1.640033' };
  const SMALLER = { ...MADE, id: '720', width: 1280, height: 720, fps: 25, asleep: true };

  const watch = (shown: number, rungs: TileCamera['rungs']) => {
    const rig = setUp([STREAM], 585);
    rig.tile.rungs.setRoomy(true);
    rig.tell({ rungs });
    rig.play(1);
    expect(rig.sockets).toHaveLength(1);
    const [socket] = rig.sockets.slice(-1);
    for (let n = 10; n < 110 && rig.sockets.length === 1; n += 1) {
      if (socket !== undefined) rig.feed(socket, n, n + 1);
      rig.video.total += 3;
      rig.video.dropped += 3 - shown;
      rig.time.advance(PART_MS);
      rig.tile.check(false);
    }
    return rig;
  };

  it('takes what the relay makes, and says so', () => {
    const rig = watch(1, [STREAM, SMALLER]);
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '720' });
    expect(rig.sockets.map(({ closed }) => closed)).toEqual([false, false]);
  });

  it.each<[string, number, TileCamera['rungs']]>([
    ['it shows nearly all pictures', 2.5, [STREAM, SMALLER]],
    ['there is nothing smaller', 1, [STREAM]],
  ])('stays where %s', (_what, shown, rungs) => {
    expect(watch(shown, rungs).sockets).toHaveLength(1);
  });
});

describe('a tile of 1080p on a computer that is full', () => {
  const STREAM = { ...MAIN, width: 1920, height: 1080, fps: 25, codecs: 'avc1.640028' };

  it.each([
    ['does not ask a relay on the same computer for less', 'ws://127.0.0.1:8787/media', 1],
    ['asks a relay elsewhere', 'ws://relay/media', 2],
  ])('%s', (_what, url, sockets) => {
    const rig = setUp([STREAM], 360, url);
    rig.tile.rungs.setRoomy(true);
    rig.tell({ rungs: [STREAM, { ...MADE, asleep: true }] });
    rig.play(1);
    const [socket] = rig.sockets;
    for (let n = 10; n < 110 && rig.sockets.length === 1; n += 1) {
      if (socket !== undefined) rig.feed(socket, n, n + 1);
      rig.video.total += 3;
      rig.video.dropped += 2;
      rig.time.advance(PART_MS);
      rig.tile.check(false, true);
    }
    expect(rig.sockets).toHaveLength(sockets);
  });
});

describe('a tile and what its browser plays', () => {
  it('asks for the H.264 rung where the browser has no H.265', () => {
    const rig = setUp([HEVC, MADE]);
    expect(rig.asked()).toMatchObject({ rung: '360' });
  });

  it('asks for nothing while there is nothing that plays, says why, and asks when there is', () => {
    const rig = setUp([HEVC]);
    const refused = rig.sockets.length;
    rig.wait(5_000);
    expect(rig.tile.check(false)).toMatchObject({
      phase: 'no-media',
      reason: 'this browser does not play H.265 (HEVC), and the relay has no other stream of this camera',
    });
    expect(rig.sockets).toHaveLength(refused);
    rig.tell({ rungs: [HEVC, { ...MADE, asleep: true }] });
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '360' });
  });

  it('does not hand on media of a codec that turns up before the relay told of it', () => {
    const rig = setUp([]);
    const [socket] = rig.sockets;
    socket?.frame(init({ codecs: 'hvc1.1.6.L120.90' }));
    if (socket !== undefined) rig.feed(socket, 0, 10);
    expect([rig.tile.mirror.timeline.segments.length, socket?.closed]).toEqual([0, false]);
    rig.tell({ rungs: [HEVC, MADE] });
    rig.open();
    expect(rig.asked()).toMatchObject({ rung: '360' });
  });

  it('does not begin anew when the relay tells that the rung is awake', () => {
    const rig = setUp([MAIN, { ...MADE, asleep: true }]);
    rig.tile.rungs.setRoomy(false);
    rig.play(1);
    const before = rig.sockets.length;
    rig.tell({ rungs: [MAIN, { ...MADE, asleep: false }] });
    rig.play(1);
    expect(rig.sockets).toHaveLength(before);
  });
});

it('measures its rung by what is made from now on, not by the history that it gets', () => {
  const { tile, time, feed, open } = setUp();
  time.advance(2_000);
  const socket = open();
  feed(socket, 0, 20);
  for (let n = 20; n < 50; n += 1) {
    feed(socket, n, n + 1);
    time.advance(PART_MS);
  }
  expect(tile.rungs.pace.figures?.speed).toBe(1);
});

describe('a slow camera', () => {
  it('runs dry after each picture, and that is no stall', () => {
    const rig = setUp();
    rig.play(3);
    rig.video.dispatchEvent(new Event('waiting'));
    expect(rig.tile.stalls.total).toBe(1);
    rig.video.dispatchEvent(new Event('playing'));
    rig.sockets.at(-1)?.frame(part(30, { pdtMs: rig.time.now(), durationMs: 2_000 }));
    rig.video.dispatchEvent(new Event('waiting'));
    expect(rig.tile.stalls.total).toBe(1);
  });
});

describe('where a tile that is late is brought back', () => {
  const fourK = { id: 'main', width: 3840, height: 2160, fps: 25, origin: 'camera' } as const;

  it('is a keyframe where software decodes hardly faster than the pictures come', () => {
    const rig = setUp([fourK], 600);
    rig.play(3);
    Object.assign(rig.video, { videoWidth: 3840, videoHeight: 2160 });
    const startMs = rig.time.now() - 3000;
    expect(rig.tile.entryMs(startMs + 1900)).toBe(startMs + 1000);
    expect(rig.tile.entryMs(startMs - 1)).toBeUndefined();
  });

  it('is a keyframe while this computer is full', () => {
    const rig = setUp(SMALL, 600);
    rig.play(3);
    const startMs = rig.time.now() - 3000;
    rig.tile.check(false, true);
    expect(rig.tile.entryMs(startMs + 1900)).toBe(startMs + 1000);
    rig.tile.check(false, false);
    expect(rig.tile.entryMs(startMs + 1900)).toBe('any');
  });

  it('is any picture of a smaller stream, or of a slower one', () => {
    const rig = setUp([{ ...fourK, fps: 5 }, ...SMALL], 600);
    rig.play(3);
    expect(rig.tile.entryMs(rig.time.now())).toBe('any');
    Object.assign(rig.video, { videoWidth: 3840, videoHeight: 2160 });
    expect(rig.tile.entryMs(rig.time.now())).toBe('any');
  });
});
