import { beforeEach, expect, test } from 'vitest';
import { PairError, pair } from '../../../../src/extension/pair.ts';
import { CLOSE } from '../../../../src/wire/protocol.ts';
import { FakeTextSockets, HELLO } from '../../../support/fake-text-socket.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const REQUEST = { address: 'http://127.0.0.1:8780', code: '1234 5678', clientName: 'Chromium' };
const TOKEN = 'x'.repeat(43);

let time: FakeTime;
let sockets: FakeTextSockets;
const run = (patch: Partial<typeof REQUEST> = {}) =>
  pair({ openSocket: sockets.open, timers: time }, { ...REQUEST, ...patch });

beforeEach(() => {
  time = new FakeTime();
  sockets = new FakeTextSockets();
});

test('trades the code for a token', async () => {
  const result = run();
  sockets.last.receive(HELLO);
  expect(sockets.last.sent).toEqual([
    { type: 'pair', protocol: 1, code: '1234 5678', clientName: 'Chromium' },
  ]);
  sockets.last.receive({ type: 'paired', token: TOKEN });
  expect(await result).toEqual({
    address: '127.0.0.1:8780',
    token: TOKEN,
    relayName: 'gate-host',
    relayId: 'r1',
  });
  expect(sockets.last.closed).toBe(true);
  expect(time.pending).toBe(0);
});

test('an address that is none is refused before anything is opened', async () => {
  await expect(run({ address: 'no such thing' })).rejects.toMatchObject({ failure: 'bad-address' });
  expect(sockets.all).toEqual([]);
});

test.each(['http://127.0.0.1:8780/pair', 'http://127.0.0.1:8780/pair#0123'])(
  'half a link is called that: %s',
  async (address) => {
    await expect(run({ address })).rejects.toMatchObject({
      failure: 'bad-address',
      message: expect.stringContaining('The link is not whole'),
    });
    expect(sockets.all).toEqual([]);
  },
);

test('a missing code is asked for, with the command that shows one', async () => {
  await expect(run({ code: '  ' })).rejects.toThrow(/lockstep pair/);
});

test.each(['bad-code', 'no-code', 'too-many-attempts', 'version'])(
  'a refusal with %s is told in the words of the relay',
  async (code) => {
    const result = run();
    sockets.last.receive(HELLO);
    sockets.last.receive({ type: 'refused', error: { code, message: 'What to do.' } });
    sockets.last.drop(CLOSE.unauthorized);
    await expect(result).rejects.toMatchObject({ failure: code, message: 'What to do.' });
  },
);

test.each([
  ['never opened', 1006, false, 'unreachable', /Cannot reach a relay at 127\.0\.0\.1:8780/],
  ['closed after the greeting', 1006, true, 'unreachable', /closed the connection/],
  ['closed with 4401', CLOSE.unauthorized, true, 'bad-code', /code is wrong/],
  ['closed with 4409', CLOSE.version, true, 'version', /Update/],
  ['closed with 4426', CLOSE.tls, false, 'tls', /TLS only. Type https:\/\/127\.0\.0\.1:8780 /],
  ['closed with 4429', CLOSE.busy, true, 'too-many-attempts', /Wait/],
])('a connection that is %s says so', async (_name, code, greeted, failure, words) => {
  const result = run();
  if (greeted) sockets.last.receive(HELLO);
  sockets.last.drop(code);
  const error = await result.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PairError);
  expect(error).toMatchObject({ failure });
  expect(String(error)).toMatch(words);
});

test('a relay that cannot be reached comes with what to look at', async () => {
  const result = run({ address: '192.168.1.5' });
  sockets.last.drop(1006);
  await expect(result).rejects.toThrow(/Cannot reach a relay at 192\.168\.1\.5:8780\. .*guest network/);
  const denied = pair(
    { openSocket: sockets.open, timers: time, localNetwork: { denied: true } },
    { ...REQUEST, address: '192.168.1.5' },
  );
  sockets.last.drop(1006);
  await expect(denied).rejects.toThrow(/site settings/);
});

test('a host that never answers is given up', async () => {
  const result = run();
  time.advance(6000);
  await expect(result).rejects.toMatchObject({ failure: 'unreachable' });
  expect(sockets.last.closed).toBe(true);
});

test('a relay of another protocol version never sees the code', async () => {
  const result = run();
  if (HELLO.type === 'hello') sockets.last.receive({ ...HELLO, protocol: { min: 5, max: 6 } });
  await expect(result).rejects.toMatchObject({ failure: 'version' });
  expect(sockets.last.sent).toEqual([]);
});

test('something that is no relay times out instead of breaking', async () => {
  const result = run();
  sockets.last.receiveText('<html>');
  time.advance(6000);
  await expect(result).rejects.toMatchObject({ failure: 'unreachable' });
});
