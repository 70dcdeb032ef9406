import { afterEach, describe, expect, it } from 'vitest';
import { mediaClock } from '../../src/wire/ports.ts';
import { Client, type EdgeRig, EXTENSION, startEdge, TOKEN } from '../support/edge-rig.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const rigs: EdgeRig[] = [];
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function setUp() {
  const camera = new SyntheticCamera({ id: 'cam1' });
  const rig = await startEdge([camera]);
  rigs.push(rig);
  const open = async (): Promise<Client> => {
    const client = new Client(rig.port, '/control', { origin: EXTENSION });
    clients.push(client);
    await client.message('hello');
    return client;
  };
  const welcomed = async (auth: object = {}): Promise<Client> => {
    const client = await open();
    client.say({ type: 'auth', protocol: 1, token: TOKEN, client: 'wall', ...auth });
    await client.message('welcome');
    return client;
  };
  return { camera, rig, open, welcomed };
}

describe('the control socket', () => {
  it('pairs, authenticates and tells the state', async () => {
    const { open } = await setUp();
    const client = await open();
    client.say({ type: 'pair', protocol: 1, code: '12345678', clientName: 'test' });
    const { token } = await client.message('paired');
    client.say({ type: 'auth', protocol: 1, token, client: 'background' });
    expect(await client.message('welcome')).toMatchObject({
      runId: 'run1',
      mediamtx: 'off',
      cameras: [{ id: 'cam1' }],
    });
  });

  it('refuses a wrong pairing code and a wrong token, saying so before it closes', async () => {
    const { open } = await setUp();
    const pairing = await open();
    pairing.say({ type: 'pair', protocol: 1, code: '0', clientName: 'test' });
    expect((await pairing.message('refused')).error.code).toBe('bad-code');
    expect((await pairing.closed).code).toBe(4401);
    const auth = await open();
    auth.say({ type: 'auth', protocol: 1, token: 'nope', client: 'wall' });
    expect((await auth.message('refused')).error.code).toBe('bad-token');
    expect(await auth.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('pair again') });
  });

  it('replays after a reconnect what happened meanwhile', async () => {
    const { camera, welcomed } = await setUp();
    const first = await welcomed();
    camera.change({ state: 'live' });
    const { seq } = await first.message('camera');
    first.close();
    await first.closed;
    camera.change({ state: 'offline', reason: 'unplugged' });
    camera.change({ state: 'live', reason: '' });
    const second = await welcomed({ resume: { runId: 'run1', seq } });
    await second.until(() => second.frames.length === 4);
    expect(second.messages().slice(1)).toMatchObject([
      { type: 'welcome', seq: seq + 2, cameras: [{ state: 'live' }] },
      { type: 'camera', seq: seq + 1, camera: { state: 'offline', reason: 'unplugged' } },
      { type: 'camera', seq: seq + 2, camera: { state: 'live' } },
    ]);
  });

  it('runs commands and answers pings with its time', async () => {
    const { camera, welcomed } = await setUp();
    const client = await welcomed();
    client.say({ type: 'command', id: 1, command: 'restart-camera', camera: 'cam1' });
    expect(await client.message('result')).toEqual({ type: 'result', id: 1 });
    expect(camera.restarts).toHaveLength(1);
    const before = mediaClock.now();
    client.say({ type: 'ping', id: 2 });
    const { mediaTimeMs } = await client.message('pong');
    expect(mediaTimeMs).toBeGreaterThanOrEqual(before);
    expect(mediaTimeMs).toBeLessThanOrEqual(mediaClock.now());
  });

  it('closes for frames that are no text, no JSON, or too large', async () => {
    const { open } = await setUp();
    const send = async (data: string | Buffer) => {
      const client = await open();
      client.socket.send(data);
      return client.closed;
    };
    expect(await send(Buffer.from('{}'))).toEqual({ code: 4400, reason: 'expected a text frame' });
    expect(await send('[1')).toEqual({ code: 4400, reason: 'frame is not JSON' });
    expect(await send(`"${'x'.repeat(64 * 1024)}"`)).toEqual({
      code: 4400,
      reason: 'a message must not exceed 64 KiB',
    });
  });

  it('closes for a client that floods it, and nobody else', async () => {
    const { welcomed } = await setUp();
    const [flood, other] = [await welcomed(), await welcomed()];
    for (let id = 0; id < 200; id += 1) flood.say({ type: 'ping', id });
    expect((await flood.closed).code).toBe(4429);
    other.say({ type: 'ping', id: 1 });
    expect((await other.message('pong')).id).toBe(1);
  });

  it('closes for a client that says nothing at all', async () => {
    const { open } = await setUp();
    const client = await open();
    expect(await client.closed).toEqual({ code: 4408, reason: 'no auth or pair within 3 s' });
  });

  it('drops a client that stops reading without holding up another', async () => {
    const { camera, welcomed } = await setUp();
    const [slow, other] = [await welcomed(), await welcomed()];
    slow.socket.pause();
    const reason = 'x'.repeat(490);
    let changes = 0;
    // The kernel takes some megabytes before the relay sees any backlog at all.
    while (changes < 60_000 && slow.socket.readyState === slow.socket.OPEN) {
      camera.change({ reason: `${reason}${changes % 10}` });
      changes += 1;
      if (changes % 500 === 0) {
        await other.until(() => other.frames.length >= 2 + changes);
        if (changes >= 20_000) break;
      }
    }
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: expect.toBeOneOf([4408, 1006]) });
    expect(other.frames.length).toBe(2 + changes);
    other.say({ type: 'ping', id: 1 });
    expect((await other.message('pong')).id).toBe(1);
  });
});
