import { afterEach, describe, expect, it } from 'vitest';
import { Client, type EdgeRig, startEdge, TOKEN } from '../support/edge-rig.ts';
import { SyntheticCamera } from '../support/synthetic-camera.ts';

const rigs: EdgeRig[] = [];
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const rig of rigs.splice(0)) await rig.stop();
});

async function setUp(options: ConstructorParameters<typeof SyntheticCamera>[0] = { id: 'cam1' }) {
  const camera = new SyntheticCamera(options);
  const rig = await startEdge([camera]);
  rigs.push(rig);
  const open = async (subscribe: object = {}): Promise<Client> => {
    const client = new Client(rig.port, '/media');
    clients.push(client);
    await client.opened;
    client.say({
      type: 'subscribe',
      protocol: 1,
      token: TOKEN,
      camera: 'cam1',
      latencyMs: 300,
      ...subscribe,
    });
    return client;
  };
  return { camera, port: rig.port, open };
}

/** Acknowledges whatever comes, as a viewer does. */
function acknowledging(client: Client): Client {
  client.socket.on('message', () => client.say({ type: 'ack', parts: client.parts().length }));
  return client;
}

describe('the media socket', () => {
  it('brings init, then every part in order with its bytes', async () => {
    const { camera, open } = await setUp();
    camera.feed(5);
    const client = acknowledging(await open());
    await client.until(() => client.frames.length === 6);
    for (let n = 0; n < 20; n += 1) camera.feed(1);
    await client.until(() => client.frames.length === 26);
    expect(client.media()[0]).toMatchObject({ header: { kind: 'init', run: 'run1', id: 'e0' } });
    expect(client.parts()).toEqual(Array.from({ length: 25 }, (_, n) => `${Math.floor(n / 10)}.${n % 10}`));
    const media = client.media().slice(1);
    const stored = camera.timeline().segments.flatMap(({ parts }) => parts);
    media.forEach(({ header, bytes }, n) => {
      const part = stored[n];
      expect(bytes).toEqual(part?.data);
      expect(header).toMatchObject({ durationMs: 100, pdtMs: part?.pdtMs, independent: part?.independent });
    });
  });

  it('begins by itself when the camera gets its first pictures', async () => {
    const { camera, open } = await setUp({ id: 'cam1', rungs: [] });
    const client = await open();
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    expect(client.frames).toEqual([]);
    camera.addRung('main');
    camera.feed(2);
    await client.until(() => client.frames.length === 3);
    expect(client.parts()).toEqual(['0.0', '0.1']);
  });

  it('stops at its window for a reader that does not acknowledge, and goes on later at a keyframe', async () => {
    const { camera, open } = await setUp({ id: 'cam1', partBytes: 20_000 });
    camera.feed(1);
    const slow = await open();
    const quick = acknowledging(await open());
    await slow.until(() => slow.frames.length === 2);
    for (let n = 0; n < 80; n += 1) {
      camera.feed(1);
      await quick.until(() => quick.parts().length >= n + 2);
    }
    expect(quick.parts()).toHaveLength(81);
    expect(quick.parts().some((part) => part.endsWith('!'))).toBe(false);
    await slow.until(() => slow.parts().length >= 15);
    expect(slow.parts()).toHaveLength(15);
    slow.say({ type: 'ack', parts: 15 });
    await slow.until(() => slow.parts().length > 15);
    expect(slow.parts()[15]).toBe('7.0!');
    expect(slow.media()[16]?.header).toMatchObject({ independent: true, skipped: true });
  });

  it.each<[string, object, number, RegExp]>([
    ['a bad token', { token: 'wrong' }, 4401, /pair again/],
    ['an unknown camera', { camera: 'garden' }, 4404, /unknown camera "garden": this relay has cam1/],
    ['an unknown rung', { rung: 'tiny' }, 4404, /unknown rung "tiny": this relay has main/],
    ['another version', { protocol: 9 }, 4409, /update the relay/],
    ['a malformed field', { camera: 'UPPER CASE' }, 4400, /field "camera"/],
  ])('closes for %s with a sentence', async (_what, over, code, reason) => {
    const { open } = await setUp();
    const client = await open(over);
    const end = await client.closed;
    expect([end.code, client.frames.length]).toEqual([code, 0]);
    expect(end.reason).toMatch(reason);
  });

  it('closes for frames that are no text, no JSON, or too large', async () => {
    const { port } = await setUp();
    const send = async (data: string | Buffer) => {
      const client = new Client(port, '/media');
      clients.push(client);
      await client.opened;
      client.socket.send(data);
      return client.closed;
    };
    expect(await send(Buffer.from([1, 2, 3]))).toEqual({ code: 4400, reason: 'expected a text frame' });
    expect(await send('{')).toEqual({ code: 4400, reason: 'frame is not JSON' });
    expect(await send('x'.repeat(64 * 1024 + 1))).toEqual({
      code: 4400,
      reason: 'a message must not exceed 64 KiB',
    });
  });

  it('closes for a client that floods it', async () => {
    const { open } = await setUp();
    const client = await open();
    for (let n = 0; n < 2000; n += 1) client.say({ type: 'ack', parts: 0 });
    expect((await client.closed).code).toBe(4429);
  });

  it('does not mind a client that vanishes', async () => {
    const { camera, open } = await setUp();
    camera.feed(3);
    const gone = await open();
    await gone.until(() => gone.frames.length > 0);
    gone.close();
    await gone.closed;
    const other = acknowledging(await open());
    await other.until(() => other.frames.length > 0);
    for (let n = 0; n < 20; n += 1) camera.feed(1);
    await other.until(() => other.parts().length === 23);
    expect(other.parts().at(-1)).toBe('2.2');
  });
});
