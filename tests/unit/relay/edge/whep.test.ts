import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { WhepRoutes } from '../../../../relay/edge/whep.ts';
import type { ApiWebrtcSession } from '../../../../relay/mediamtx/api.ts';
import { WhepError, type WhepPort, type WhepSession } from '../../../../relay/mediamtx/whep.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

class FakePort implements WhepPort {
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly trickled: string[] = [];
  listed: ApiWebrtcSession[] = [];
  trouble: Error | undefined;
  trickleAnswer = '';

  open(path: string, offer: string) {
    if (this.trouble !== undefined) return Promise.reject(this.trouble);
    this.opened.push(`${path} ${offer}`);
    const id = `up${this.opened.length}`;
    return Promise.resolve({ session: { id, resource: `http://secret/${id}` }, answer: 'the answer' });
  }
  trickle({ id }: WhepSession, fragment: string) {
    this.trickled.push(`${id} ${fragment}`);
    return this.trouble === undefined ? Promise.resolve(this.trickleAnswer) : Promise.reject(this.trouble);
  }
  close({ id }: WhepSession) {
    this.closed.push(id);
    return this.trouble === undefined ? Promise.resolve() : Promise.reject(this.trouble);
  }
  sessions() {
    return this.trouble === undefined ? Promise.resolve(this.listed) : Promise.reject(this.trouble);
  }
}

function setUp({ port = new FakePort() as FakePort | undefined, rungs = ['main', '360'] } = {}) {
  const time = new FakeTime();
  const camera = new SyntheticCamera({ id: 'front', rungs });
  const cameras = new Map([
    ['front', camera],
    ['gst', camera],
  ]);
  const revoked = { now: false };
  const because = { now: undefined as string | undefined };
  const routes = new WhepRoutes({
    cameras,
    port,
    withoutBecause: () => because.now,
    unpublished: new Set(['gst']),
    timers: time,
    clock: time,
    log: pino({ level: 'silent' }),
  });
  const send = (method: string, path: string, more: Partial<Parameters<WhepRoutes['answer']>[0]> = {}) =>
    routes.answer({
      method,
      path,
      token: 'mine',
      isRevoked: () => revoked.now,
      contentType: method === 'PATCH' ? 'application/trickle-ice-sdpfrag' : 'application/sdp',
      body: 'sdp',
      signal: new AbortController().signal,
      ...more,
    });
  /** Opens a session; its path. */
  const open = async (path = '/whep/front/main'): Promise<string> => {
    const { headers } = await send('POST', path);
    return new URL(headers.Location ?? '', `http://relay${path}`).pathname;
  };
  return { time, camera, cameras, port: port ?? new FakePort(), routes, revoked, because, send, open };
}

describe('an offer', () => {
  it('is passed to the best rung, and its session gets a name of ours', async () => {
    const { port, send } = setUp();
    const answer = await send('POST', '/whep/front');
    expect(answer).toMatchObject({ status: 201, body: 'the answer' });
    expect(answer.headers.Location).toMatch(/^front\/main\/[\w-]{22}$/);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(port.opened).toEqual(['front/main sdp']);
  });

  it('may name a rung', async () => {
    const { port, send } = setUp();
    expect((await send('POST', '/whep/front/360')).headers.Location).toMatch(/^360\/[\w-]{22}$/);
    expect(port.opened).toEqual(['front/360 sdp']);
  });

  it.each([
    ['/whep/back', 404, 'unknown camera "back": this relay has front, gst\n'],
    ['/whep/front/4k', 404, 'unknown rung "4k": this relay has main, 360\n'],
    ['/whep/front/main/x', 404, 'offers go to /whep/<camera> or /whep/<camera>/<rung>\n'],
    ['/whep/front/..%2Fback', 404, 'unknown rung "..%2Fback": this relay has main, 360\n'],
  ])('for %s is refused', async (path, status, body) => {
    const { port, send } = setUp();
    expect(await send('POST', path)).toMatchObject({ status, body });
    expect(port.opened).toEqual([]);
  });

  it('for a camera without media never reaches MediaMTX', async () => {
    const { port, send } = setUp({ rungs: [] });
    expect(await send('POST', '/whep/front/anything')).toMatchObject({
      status: 503,
      body: 'camera "front" has no pictures yet\n',
      headers: { 'Retry-After': '2' },
    });
    expect(port.opened).toEqual([]);
  });

  it('is refused for a camera whose pictures never get to MediaMTX', async () => {
    const { send } = setUp();
    expect(await send('POST', '/whep/gst')).toMatchObject({
      status: 409,
      body: 'camera "gst" has no real-time pictures: it is encoded by GStreamer\n',
    });
  });

  it('is refused with the reason where there is no WHEP', async () => {
    const time = new FakeTime();
    const routes = new WhepRoutes({
      cameras: new Map(),
      port: undefined,
      withoutBecause: () => 'they need MediaMTX',
      unpublished: new Set(),
      timers: time,
      clock: time,
      log: pino({ level: 'silent' }),
    });
    const { signal } = new AbortController();
    const request = {
      method: 'POST',
      path: '/whep/front',
      token: 't',
      contentType: '',
      body: '',
      isRevoked: () => false,
      signal,
    };
    expect(await routes.answer(request)).toMatchObject({
      status: 409,
      body: 'there are no real-time pictures here: they need MediaMTX\n',
    });
  });

  it('must be SDP', async () => {
    const { send } = setUp();
    expect((await send('POST', '/whep/front', { contentType: 'text/plain' })).status).toBe(415);
    expect(
      (await send('POST', '/whep/front', { contentType: 'Application/SDP; charset=utf-8' })).status,
    ).toBe(201);
  });

  it.each([
    ['away', 503, 'the media server is not ready: try again in a moment\n'],
    ['no-stream', 503, 'the camera has no pictures at the moment: try again\n'],
    ['refused', 400, 'the media server cannot use this: it takes an offer to receive one H.264 video\n'],
  ] as const)('that MediaMTX cannot take (%s) is answered in our words', async (kind, status, body) => {
    const { port, send } = setUp();
    port.trouble = new WhepError(kind, 'path 0123abcd/front');
    expect(await send('POST', '/whep/front')).toMatchObject({ status, body });
  });

  it('is told why MediaMTX is away, where that is known', async () => {
    const { port, because, send } = setUp();
    port.trouble = new WhepError('away', 'MediaMTX is not running');
    because.now = 'MediaMTX was killed (SIGKILL)';
    expect(await send('POST', '/whep/front')).toMatchObject({
      status: 503,
      body: 'the media server is not ready: try again in a moment (MediaMTX was killed (SIGKILL))\n',
    });
  });

  it('whose viewer went away meanwhile is hung up', async () => {
    const { port, send } = setUp();
    const gone = new AbortController();
    gone.abort();
    expect((await send('POST', '/whep/front', { signal: gone.signal })).status).toBe(503);
    expect(port.closed).toEqual(['up1']);
  });

  it('is refused when too many come at once, and when too many are open', async () => {
    const { port, send, time } = setUp();
    port.sessions = () => Promise.reject(new Error('no list'));
    const codes: number[] = [];
    for (let n = 0; n < 50; n += 1) codes.push((await send('POST', '/whep/front')).status);
    expect(codes.filter((code) => code === 201)).toHaveLength(48);
    expect(codes.at(-1)).toBe(429);
    time.advance(60_000);
    for (let n = 0; n < 20; n += 1) codes.push((await send('POST', '/whep/front')).status);
    expect(codes.filter((code) => code === 201)).toHaveLength(64);
  });
});

describe('a session', () => {
  it('takes candidates and is hung up, each once', async () => {
    const { port, send, open } = setUp();
    const session = await open();
    expect(await send('PATCH', session, { body: 'candidates' })).toMatchObject({ status: 204, body: '' });
    expect(port.trickled).toEqual(['up1 candidates']);
    expect((await send('DELETE', session)).status).toBe(200);
    expect(port.closed).toEqual(['up1']);
    expect((await send('DELETE', session)).status).toBe(404);
    expect((await send('PATCH', session)).status).toBe(404);
  });

  it('passes on what MediaMTX answers to an ICE restart', async () => {
    const { port, send, open } = setUp();
    port.trickleAnswer = 'a=ice-ufrag:x';
    expect(await send('PATCH', await open())).toMatchObject({ status: 200, body: 'a=ice-ufrag:x' });
  });

  it('is nobody else’s: another token, another camera and a guess find nothing', async () => {
    const { port, send, open } = setUp();
    const session = await open();
    expect((await send('DELETE', session, { token: 'theirs' })).status).toBe(404);
    expect((await send('DELETE', session.replace('main', '360'))).status).toBe(404);
    expect((await send('DELETE', `${session.slice(0, -1)}_`)).status).toBe(404);
    expect(port.closed).toEqual([]);
  });

  it('of a viewer that vanished is hung up', async () => {
    const { port, open, time } = setUp();
    await open();
    await open();
    const heard = (id: string, inboundBytes: number) => ({
      id,
      inboundBytes,
      peerConnectionEstablished: true,
    });
    for (let n = 1; n <= 6; n += 1) {
      port.listed = [heard('up1', 10), heard('up2', 10 * n)];
      time.advance(2_000);
      await Promise.resolve();
    }
    expect(port.closed).toEqual(['up1']);
  });

  it('survives that MediaMTX is away for a while', async () => {
    const { port, send, open, time } = setUp();
    const session = await open();
    port.trouble = new Error('no API');
    time.advance(30_000);
    await Promise.resolve();
    port.trouble = undefined;
    expect((await send('PATCH', session)).status).toBe(204);
  });

  it('asks nothing of MediaMTX while nobody watches', async () => {
    const { port, send, open, time } = setUp();
    await send('DELETE', await open());
    time.advance(4_000);
    let asked = 0;
    port.sessions = () => {
      asked += 1;
      return Promise.resolve([]);
    };
    time.advance(60_000);
    expect(asked).toBe(0);
  });
});

describe('a real-time session whose token is revoked', () => {
  it('is hung up within a second', async () => {
    const { time, port, revoked, open } = setUp();
    await open();
    time.advance(1_000);
    expect(port.closed).toEqual([]);
    revoked.now = true;
    time.advance(1_000);
    await Promise.resolve();
    expect(port.closed).toEqual(['up1']);
  });
});

describe('a camera that the configuration has no longer', () => {
  it('hangs up on its viewers', async () => {
    const { camera, cameras, port, routes, open, send } = setUp();
    const session = await open();
    cameras.delete('front');
    routes.cameraGone(camera);
    await Promise.resolve();
    expect(port.closed).toEqual(['up1']);
    expect((await send('PATCH', session)).status).toBe(404);
  });
});
