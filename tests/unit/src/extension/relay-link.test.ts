import { beforeEach, describe, expect, test } from 'vitest';
import { CommandError } from '../../../../src/extension/link-commands.ts';
import { linkTarget } from '../../../../src/extension/relay-address.ts';
import { RelayLink } from '../../../../src/extension/relay-link.ts';
import {
  type CameraState,
  CLOSE,
  DEAD_AFTER_MS,
  PING_MS,
  type RelayMessage,
} from '../../../../src/wire/protocol.ts';
import { FakeTextSockets, HELLO } from '../../../support/fake-text-socket.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const TOKEN = 'x'.repeat(43);
const TARGET = linkTarget({ address: '127.0.0.1:8780', token: TOKEN });

function camera(id: string, patch: Partial<CameraState> = {}): CameraState {
  return {
    id,
    name: id,
    state: 'live',
    sinceMs: 0,
    reason: '',
    source: 'test',
    rungs: [],
    restarts: 0,
    offsetMs: 0,
    ...patch,
  };
}

let time: FakeTime;
let sockets: FakeTextSockets;
let random: number;
let link: RelayLink;

function welcome(
  patch: { runId?: string; seq?: number; serverTimeMs?: number; cameras?: CameraState[] } = {},
) {
  sockets.last.receive(HELLO);
  sockets.last.receive({
    type: 'welcome',
    protocol: 1,
    runId: 'run1',
    seq: 0,
    serverTimeMs: time.now(),
    mediamtx: 'off',
    cameras: [camera('gate')],
    ...patch,
  });
}

function start(): void {
  if (TARGET === undefined) throw new Error('target is readable');
  link.start(TARGET);
}

beforeEach(() => {
  time = new FakeTime();
  sockets = new FakeTextSockets();
  random = 0.5;
  link = new RelayLink({
    openSocket: sockets.open,
    clock: time,
    wallClock: time,
    timers: time,
    random: () => random,
    client: 'wall',
  });
});

/** Of a relay that this build is too new for. */
const OLD_HELLO: RelayMessage = { ...HELLO, protocol: { min: 0, max: 0 } } as RelayMessage;

describe('connecting', () => {
  test('answers the greeting with its token and is open after the welcome', () => {
    start();
    expect(sockets.last.url).toBe('ws://127.0.0.1:8780/control');
    expect(link.status.phase).toBe('connecting');
    expect(sockets.last.sent).toEqual([]);
    welcome();
    expect(sockets.last.sent[0]).toEqual({ type: 'auth', protocol: 1, token: TOKEN, client: 'wall' });
    expect(link.status).toMatchObject({ phase: 'open', reason: '' });
    expect(link.state.cameras.map(({ id }) => id)).toEqual(['gate']);
    expect(link.state.relay?.name).toBe('gate-host');
  });

  test('gives up a host that never answers, and tries again', () => {
    start();
    time.advance(5000);
    expect(link.status).toMatchObject({ phase: 'waiting', retryAtMs: time.now() + 250 });
    expect(link.status.reason).toContain('127.0.0.1:8780');
    expect(sockets.last.closed).toBe(true);
    time.advance(250);
    expect(sockets.all).toHaveLength(2);
  });

  test('waits longer after each failure, at most 15 s', () => {
    random = 0.999_999;
    start();
    const waits = Array.from({ length: 8 }, () => {
      sockets.last.drop();
      const { retryAtMs = 0 } = link.status;
      const waitMs = Math.round(retryAtMs - time.now());
      time.advance(waitMs + 1);
      return waitMs;
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  });

  test('starts with short waits again once it was open', () => {
    start();
    for (let n = 0; n < 5; n += 1) {
      sockets.last.drop();
      time.advance(15_000);
    }
    welcome();
    sockets.last.drop();
    expect(link.status.retryAtMs).toBe(time.now() + 250);
  });

  test('a wait can be cut short', () => {
    start();
    sockets.last.drop();
    link.retryNow();
    expect(link.status.phase).toBe('connecting');
    expect(sockets.all).toHaveLength(2);
    time.advance(400);
    expect(sockets.all).toHaveLength(2);
  });

  test('keeps the reason of the failure while it tries again', () => {
    start();
    sockets.last.drop();
    const { reason } = link.status;
    time.advance(250);
    expect(link.status).toMatchObject({ phase: 'connecting', reason });
    expect(reason).toMatch(/Cannot reach the relay at 127\.0\.0\.1:8780/);
  });

  test('hears nothing of a socket that it gave up', () => {
    start();
    const old = sockets.last;
    sockets.last.drop();
    time.advance(250);
    old.receive(HELLO);
    old.drop(CLOSE.unauthorized);
    expect(old.sent).toEqual([]);
    expect(link.status.phase).toBe('connecting');
  });
});

describe('close codes', () => {
  test('4401 after a refusal in words stops, and says what happened and what to do', () => {
    start();
    sockets.last.receive(HELLO);
    sockets.last.receive({
      type: 'refused',
      error: { code: 'bad-token', message: 'Unknown token. Pair again.' },
    });
    sockets.last.drop(CLOSE.unauthorized);
    expect(link.status).toMatchObject({
      phase: 'refused',
      refusal: 'unauthorized',
      reason: expect.stringMatching(/access was ended there.*Pair again/),
    });
    time.advance(600_000);
    expect(sockets.all).toHaveLength(1);
  });

  test('a refused link can be tried again by hand', () => {
    start();
    sockets.last.receive(HELLO);
    sockets.last.receive({ type: 'refused', error: { code: 'bad-token', message: 'Pair again.' } });
    sockets.last.drop(CLOSE.unauthorized);
    link.retryNow();
    welcome();
    expect(link.status.phase).toBe('open');
  });

  test.each([
    ['4401 without a word', CLOSE.unauthorized],
    ['4408, a deadline that a slow link missed', CLOSE.slow],
  ])('%s is tried again, with the state of the cameras kept', (_name, code) => {
    start();
    welcome();
    sockets.last.drop(code);
    expect(link.status).toMatchObject({ phase: 'waiting', refusal: undefined });
    time.advance(500);
    sockets.last.receive(HELLO);
    time.advance(3000);
    sockets.last.drop(code);
    expect(link.status.phase).toBe('waiting');
    time.advance(1000);
    expect(link.state.cameras).toHaveLength(1);
    welcome();
    expect(link.status.phase).toBe('open');
  });

  test('4409 says that one side is too old, and looks again after the update of the relay', () => {
    start();
    sockets.last.drop(CLOSE.version);
    expect(link.status).toMatchObject({ phase: 'refused', refusal: 'version' });
    expect(link.status.reason).toMatch(/update/i);
    expect(link.status.retryAtMs).toBe(time.now() + 30_000);
    time.advance(29_999);
    expect(sockets.all).toHaveLength(1);
    time.advance(1);
    welcome();
    expect(link.status).toMatchObject({ phase: 'open', reason: '' });
  });

  test('4426 asks for a new pairing over TLS, and looks again, since no token was sent', () => {
    start();
    sockets.last.drop(CLOSE.tls);
    expect(link.status).toMatchObject({
      phase: 'refused',
      refusal: 'tls',
      reason: expect.stringMatching(/TLS only now\. Pair again at https:\/\/127\.0\.0\.1:8780,/),
    });
    expect(sockets.last.sent).toEqual([]);
    time.advance(30_000);
    expect(sockets.all).toHaveLength(2);
  });

  test('a version that does not fit is looked at again by hand, and a look that finds it unchanged waits again', () => {
    start();
    sockets.last.receive(OLD_HELLO);
    link.retryNow();
    expect(sockets.all).toHaveLength(2);
    sockets.last.receive(OLD_HELLO);
    expect(link.status).toMatchObject({ phase: 'refused', refusal: 'version' });
    time.advance(30_000);
    expect(sockets.all).toHaveLength(3);
  });

  test.each([
    [{ min: 2, max: 3 }, /update the extension/],
    [{ min: 0, max: 0 }, /update the relay/],
  ])('a greeting for versions %o names the side to update, and no token is sent', (protocol, words) => {
    start();
    if (HELLO.type === 'hello') sockets.last.receive({ ...HELLO, protocol });
    expect(link.status).toMatchObject({ phase: 'refused', refusal: 'version' });
    expect(link.status.reason).toMatch(words);
    expect(sockets.last.sent).toEqual([]);
  });

  test('1012 comes back within a quarter of a second, however often', () => {
    random = 0.999;
    start();
    for (let n = 0; n < 4; n += 1) {
      welcome();
      sockets.last.drop(CLOSE.restarting);
      expect(link.status.reason).toMatch(/restarting/);
      time.advance(250);
      expect(sockets.all).toHaveLength(n + 2);
    }
  });

  test('after 1012 a relay that is not there yet is tried each second, for a while', () => {
    random = 0.999;
    start();
    welcome();
    sockets.last.drop(CLOSE.restarting);
    time.advance(250);
    sockets.last.drop(1006);
    expect(link.status).toMatchObject({ phase: 'waiting', reason: expect.stringMatching(/restarting/) });
    time.advance(500);
    for (let n = 3; n <= 20; n += 1) {
      expect(sockets.all).toHaveLength(n);
      sockets.last.drop(1006);
      time.advance(1000);
    }
    sockets.last.drop(1006);
    expect(link.status.reason).toMatch(/Cannot reach/);
    time.advance(1000);
    expect(sockets.all).toHaveLength(21);
    // It was back in between: what it is now counts.
    link.retryNow();
    welcome();
    sockets.last.drop(1006);
    expect(link.status.reason).not.toMatch(/restarting/);
  });
});

describe('another look at the token', () => {
  test('asks on a new socket and keeps what the relay said', () => {
    start();
    welcome();
    link.recheck();
    expect(sockets.all).toHaveLength(2);
    expect(link.state.cameras.map(({ id }) => id)).toEqual(['gate']);
    welcome();
    expect(link.status.phase).toBe('open');
  });

  test('is final when the relay refuses in words', () => {
    start();
    welcome();
    link.recheck();
    sockets.last.receive(HELLO);
    sockets.last.receive({ type: 'refused', error: { code: 'bad-token', message: 'Pair again.' } });
    sockets.last.drop(CLOSE.unauthorized);
    expect(link.status).toMatchObject({ phase: 'refused', reason: expect.stringContaining('Pair again') });
  });

  test('is one for all tiles that were refused', () => {
    start();
    welcome();
    for (let n = 0; n < 9; n += 1) {
      link.recheck();
      welcome();
      time.advance(1_000);
    }
    expect(sockets.all).toHaveLength(2);
  });
});

describe('state', () => {
  test('a camera event replaces that camera and moves the position', () => {
    start();
    welcome({ seq: 7, cameras: [camera('gate'), camera('yard')] });
    sockets.last.receive({ type: 'camera', seq: 8, atMs: 0, camera: camera('yard', { state: 'frozen' }) });
    expect(link.state.cameras.map(({ id, state }) => `${id} ${state}`)).toEqual(['gate live', 'yard frozen']);
    expect(link.state.position).toEqual({ runId: 'run1', seq: 8 });
  });

  test('a camera that was added stands where the configuration has it, and at the end where the relay does not tell', () => {
    const ids = (): string[] => link.state.cameras.map(({ id }) => id);
    start();
    welcome({ seq: 7, cameras: [camera('gate'), camera('yard')] });
    const order = ['attic', 'gate', 'yard'];
    sockets.last.receive({ type: 'camera', seq: 8, atMs: 0, camera: camera('attic'), order });
    expect(ids()).toEqual(order);
    sockets.last.receive({ type: 'camera', seq: 9, atMs: 0, camera: camera('barn') });
    expect(ids()).toEqual([...order, 'barn']);
    sockets.last.receive({
      type: 'camera',
      seq: 10,
      atMs: 0,
      camera: camera('gate'),
      order: ['gate', 'barn'],
    });
    expect(ids()).toEqual(['gate', 'barn', 'attic', 'yard']);
  });

  test('a camera that was removed goes, but not for the replay of a welcome that has it', () => {
    start();
    welcome({ seq: 7, cameras: [camera('gate'), camera('yard')] });
    sockets.last.receive({ type: 'removed', seq: 6, atMs: 0, camera: 'gate' });
    sockets.last.receive({ type: 'removed', seq: 8, atMs: 0, camera: 'yard' });
    expect(link.state.cameras.map(({ id }) => id)).toEqual(['gate']);
    expect(link.state.position).toEqual({ runId: 'run1', seq: 8 });
  });

  test('a replayed event does not undo the state of the welcome', () => {
    start();
    welcome({ seq: 7 });
    sockets.last.receive({ type: 'camera', seq: 6, atMs: 0, camera: camera('gate', { state: 'frozen' }) });
    expect(link.state.cameras[0]?.state).toBe('live');
    expect(link.state.position?.seq).toBe(7);
  });

  test('resumes where it stopped listening', () => {
    start();
    welcome({ seq: 7 });
    sockets.last.drop();
    time.advance(250);
    sockets.last.receive(HELLO);
    expect(sockets.last.sent[0]).toMatchObject({ resume: { runId: 'run1', seq: 7 } });
  });

  test('keeps the last known cameras while the relay is away, and drops them for another relay', () => {
    start();
    welcome();
    sockets.last.drop();
    expect(link.state.cameras).toHaveLength(1);
    link.start({ controlUrl: 'ws://other-host:8780/control', address: 'other-host:8780', token: TOKEN });
    expect(link.state.cameras).toEqual([]);
  });

  test('keeps them, and its place among the events, when the same relay is paired again', () => {
    start();
    welcome({ seq: 7 });
    if (TARGET === undefined) throw new Error('target is readable');
    link.start({ ...TARGET, token: 'y'.repeat(43) });
    expect(link.state.cameras).toHaveLength(1);
    sockets.last.receive(HELLO);
    expect(sockets.last.sent[0]).toMatchObject({
      token: 'y'.repeat(43),
      resume: { runId: 'run1', seq: 7 },
    });
  });

  test('ignores messages that it does not know or that are broken', () => {
    start();
    welcome();
    sockets.last.receiveText('{"type":"from-the-future"}');
    sockets.last.receiveText('not json');
    sockets.last.receiveText('{"type":"camera","seq":"one"}');
    expect(link.status.phase).toBe('open');
  });

  test('tells listeners of changes only', () => {
    start();
    welcome();
    let told = 0;
    link.onChange(() => {
      told += 1;
    });
    sockets.last.receive({ type: 'tick', seq: 0, serverTimeMs: time.now() });
    expect(told).toBe(0);
    sockets.last.receive({ type: 'camera', seq: 1, atMs: 0, camera: camera('gate', { state: 'frozen' }) });
    expect(told).toBe(1);
  });
});

describe('pings', () => {
  function pings(): number[] {
    return sockets.last.sent.flatMap((message) => (message.type === 'ping' ? [message.id] : []));
  }

  test('measure the offset of the relay’s media clock', () => {
    start();
    welcome();
    expect(link.offsetMs).toBeUndefined();
    const [id = -1] = pings();
    time.advance(10);
    sockets.last.receive({ type: 'pong', id, mediaTimeMs: time.now() - 5 + 4000 });
    expect(link.offsetMs).toBe(4000);
    expect(link.rttMs).toBe(10);
  });

  test('start with a burst, then come each 5 s', () => {
    start();
    welcome();
    time.advance(1000);
    expect(pings()).toHaveLength(4);
    time.advance(PING_MS);
    expect(pings()).toHaveLength(5);
  });

  test('are driven by messages when the timers of a hidden page run late', () => {
    start();
    welcome();
    time.jump(PING_MS + 500);
    const before = pings().length;
    sockets.last.receive({ type: 'telemetry', cameras: [] });
    expect(pings()).toHaveLength(before + 1);
  });

  test('an answer nobody asked for changes nothing', () => {
    start();
    welcome();
    sockets.last.receive({ type: 'pong', id: 999, mediaTimeMs: 0 });
    expect(link.offsetMs).toBeUndefined();
  });

  /** Answers the newest ping 10 ms later, by a media clock that is this far ahead. */
  function answer(aheadMs: number): void {
    const id = pings().at(-1) ?? -1;
    time.advance(10);
    sockets.last.receive({ type: 'pong', id, mediaTimeMs: time.now() - 5 + aheadMs });
  }

  test('the offset outlives a lost connection, until the first answer on the next one', () => {
    start();
    welcome();
    answer(4000);
    sockets.last.drop();
    expect(link.offsetMs).toBe(4000);
    time.advance(500);
    welcome();
    expect(link.offsetMs).toBe(4000);
    // Within what the old answers allow: they count no more all the same.
    answer(4003);
    expect(link.offsetMs).toBe(4003);
  });

  test('the offset outlives a new start towards the same relay, not one towards another', () => {
    start();
    welcome();
    answer(4000);
    start();
    expect(link.offsetMs).toBe(4000);
    const other = linkTarget({ address: '127.0.0.1:8781', token: TOKEN });
    if (other === undefined) throw new Error('target is readable');
    link.start(other);
    expect(link.offsetMs).toBeUndefined();
  });

  test('a relay host whose clock is set moves the times that people read, not the pictures', () => {
    start();
    welcome();
    answer(4000);
    let told = 0;
    link.onChange(() => {
      told += 1;
    });
    const tick = (aheadMs: number): void =>
      sockets.last.receive({ type: 'tick', seq: 0, serverTimeMs: time.now() + aheadMs });
    tick(-300);
    expect([link.coarseOffsetMs, told]).toEqual([0, 0]);
    tick(5000);
    expect([link.coarseOffsetMs, told]).toEqual([5000, 1]);
    expect(link.offsetMs).toBe(4000);
  });

  test('a relay that goes silent is dropped and reached again', () => {
    start();
    welcome();
    time.advance(DEAD_AFTER_MS + PING_MS);
    expect(link.status.phase).not.toBe('open');
    expect(sockets.all[0]?.closed).toBe(true);
  });

  test('a relay that only ticks is not dropped', () => {
    start();
    welcome();
    for (let n = 0; n < 10; n += 1) {
      time.advance(10_000);
      sockets.last.receive({ type: 'tick', seq: 0, serverTimeMs: time.now() });
    }
    expect(link.status.phase).toBe('open');
    expect(sockets.all).toHaveLength(1);
  });
});

describe('commands', () => {
  function lastId(): number {
    const message = sockets.last.sent.findLast(({ type }) => type === 'command');
    if (message?.type !== 'command') throw new Error('no command was sent');
    return message.id;
  }

  test('resolve with the relay’s result', async () => {
    start();
    welcome();
    const done = link.command({ command: 'restart-camera', camera: 'gate' });
    sockets.last.receive({ type: 'result', id: lastId() });
    await expect(done).resolves.toBeUndefined();
  });

  test('reject with the relay’s code and sentence', async () => {
    start();
    welcome();
    const done = link.command({ command: 'restart-camera', camera: 'attic' });
    sockets.last.receive({
      type: 'result',
      id: lastId(),
      error: { code: 'unknown-camera', message: 'There is no camera "attic".' },
    });
    await expect(done).rejects.toEqual(new CommandError('unknown-camera', 'There is no camera "attic".'));
  });

  test('reject when the relay is not connected, or goes before it answered', async () => {
    await expect(link.command({ command: 'restart-camera', camera: 'gate' })).rejects.toMatchObject({
      code: 'not-connected',
    });
    start();
    welcome();
    const done = link.command({ command: 'restart-camera', camera: 'gate' });
    sockets.last.drop();
    await expect(done).rejects.toMatchObject({ code: 'not-connected' });
  });
});

test('stop closes the socket, leaves no timer, and may be called twice', () => {
  start();
  welcome();
  link.stop();
  link.stop();
  expect(link.status.phase).toBe('off');
  expect(sockets.last.closed).toBe(true);
  expect(time.pending).toBe(0);
});
