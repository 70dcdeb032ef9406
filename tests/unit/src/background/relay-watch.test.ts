import { beforeEach, expect, test } from 'vitest';
import { RelayWatch } from '../../../../src/background/relay-watch.ts';
import { RelayLink } from '../../../../src/extension/relay-link.ts';
import type { RelayStatus } from '../../../../src/extension/status.ts';
import { FakeTextSockets, HELLO } from '../../../support/fake-text-socket.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const RELAY = { address: '127.0.0.1:8780', token: 'x'.repeat(43), relayName: 'from pairing', key: '' };

let time: FakeTime;
let sockets: FakeTextSockets;
let published: (RelayStatus | undefined)[];
let stored: RelayStatus | undefined;
let watch: RelayWatch;

beforeEach(() => {
  time = new FakeTime();
  sockets = new FakeTextSockets();
  published = [];
  stored = undefined;
  const link = new RelayLink({
    openSocket: sockets.open,
    clock: time,
    wallClock: time,
    timers: time,
    random: () => 0.5,
    client: 'background',
  });
  watch = new RelayWatch({
    link,
    load: async () => stored,
    publish: (status) => published.push(status),
  });
});

function welcome(serverTimeMs = time.now()): void {
  sockets.last.receive(HELLO);
  sockets.last.receive({
    type: 'welcome',
    protocol: 1,
    runId: 'run1',
    seq: 4,
    serverTimeMs,
    mediamtx: 'off',
    cameras: [
      {
        id: 'gate',
        name: 'Gate',
        state: 'live',
        sinceMs: serverTimeMs - 1000,
        reason: '',
        source: 'test',
        rungs: [],
        restarts: 0,
        offsetMs: 0,
      },
    ],
  });
}

test('without a paired relay it opens nothing, and says so: it may have been unpaired while no page ran', async () => {
  await watch.start(undefined);
  expect(sockets.all).toEqual([]);
  expect(published).toEqual([undefined]);
});

test('publishes what the relay says, with times by our own clock', async () => {
  await watch.start(RELAY);
  expect(published.at(-1)).toMatchObject({ phase: 'connecting', name: 'from pairing' });
  welcome(time.now() + 3_600_000);
  expect(published.at(-1)).toMatchObject({
    phase: 'open',
    name: 'gate-host',
    position: { runId: 'run1', seq: 4 },
    cameras: [{ id: 'gate', state: 'live', sinceMs: time.now() - 1000 }],
  });
});

test('publishes nothing for pings and telemetry', async () => {
  await watch.start(RELAY);
  welcome();
  const before = published.length;
  sockets.last.receive({ type: 'pong', id: 1, mediaTimeMs: time.now() });
  sockets.last.receive({ type: 'telemetry', cameras: [] });
  expect(published).toHaveLength(before);
});

test('a new background page resumes where the killed one stopped, and shows its cameras until the relay answers', async () => {
  stored = {
    phase: 'open',
    reason: '',
    name: 'gate-host',
    cameras: [{ id: 'gate', name: 'Gate', state: 'frozen', sinceMs: 5, reason: '' }],
    position: { runId: 'run1', seq: 3 },
  };
  await watch.start(RELAY);
  expect(published.at(-1)?.cameras).toEqual(stored.cameras);
  sockets.last.receive(HELLO);
  expect(sockets.last.sent[0]).toMatchObject({ client: 'background', resume: { runId: 'run1', seq: 3 } });
});

test('follows a new pairing, keeps the connection on other changes, and ends with an unpairing', async () => {
  await watch.start(RELAY);
  watch.follow({ ...RELAY });
  expect(sockets.all).toHaveLength(1);
  watch.follow({ ...RELAY, address: 'other-host:8780' });
  expect(sockets.last.url).toBe('ws://other-host:8780/control');
  watch.follow(undefined);
  expect(sockets.last.closed).toBe(true);
  expect(published.at(-1)).toBeUndefined();
});

test('tells whether the relay offers real-time pictures', async () => {
  await watch.start(RELAY);
  expect(published.at(-1)?.realtime).toBeUndefined();
  const features = ['push', 'whep', 'unheard-of'];
  sockets.last.receive({
    type: 'hello',
    protocol: { min: 1, max: 1 },
    relay: { id: 'r', name: 'r', version: '1' },
    features,
  });
  expect(published.at(-1)?.realtime).toBe(true);
  sockets.last.receive(HELLO);
  expect(published.at(-1)?.realtime).toBe(false);
});
