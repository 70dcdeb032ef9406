import { describe, expect, it } from 'vitest';
import { callWhep, WhepRefusal } from '../../../../../src/viewer/webrtc/whep-client.ts';

const TARGET = { url: 'http://relay:8780/wall/whep', token: 'secret' };

function relay(answer: Response | Error) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch = (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    asked.push({ url: String(url), init });
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const { signal } = new AbortController();
  const call = (rung?: string) =>
    callWhep(fetch, { target: TARGET, camera: 'front', rung, offer: 'the offer', signal });
  return { asked, call };
}

const created = (location = 'front/main/abc') =>
  new Response('the answer', { status: 201, headers: { Location: location } });

describe('callWhep', () => {
  it('sends the offer with the token, and returns the answer', async () => {
    const { asked, call } = relay(created());
    expect((await call()).answer).toBe('the answer');
    expect(asked).toMatchObject([
      {
        url: 'http://relay:8780/wall/whep/front',
        init: {
          method: 'POST',
          body: 'the offer',
          headers: { Authorization: 'Bearer secret', 'Content-Type': 'application/sdp' },
        },
      },
    ]);
  });

  it('asks for a rung by name, or else for the best', async () => {
    const { asked, call } = relay(created('low/abc'));
    await (await call('low')).hangUp();
    expect(asked.map(({ url }) => url)).toEqual([
      'http://relay:8780/wall/whep/front/low',
      'http://relay:8780/wall/whep/front/low/abc',
    ]);
  });

  it('hangs up at the address of the session, also behind a proxy that adds a path', async () => {
    const { asked, call } = relay(created());
    await (await call()).hangUp();
    expect(asked[1]).toMatchObject({
      url: 'http://relay:8780/wall/whep/front/main/abc',
      init: { method: 'DELETE', keepalive: true, headers: { Authorization: 'Bearer secret' } },
    });
  });

  it('repeats the words of a relay that refuses', async () => {
    const { call } = relay(new Response('camera "front" has no pictures yet\n', { status: 503 }));
    await expect(call()).rejects.toThrow(new WhepRefusal('camera "front" has no pictures yet'));
  });

  it.each([
    [new Response('', { status: 502 }), 'the relay answered 502'],
    [new Response('the answer', { status: 201 }), 'the answer'],
    [new TypeError('Failed to fetch'), 'the relay did not take the offer (Failed to fetch)'],
  ])('fails in words on anything else (%#)', async (answer, message) => {
    await expect(relay(answer).call()).rejects.toThrow(message);
  });

  it('ignores that hanging up fails', async () => {
    let calls = 0;
    const fetch = (): Promise<Response> => {
      calls += 1;
      return calls === 1 ? Promise.resolve(created()) : Promise.reject(new TypeError('gone'));
    };
    const { signal } = new AbortController();
    const call = await callWhep(fetch, {
      target: TARGET,
      camera: 'front',
      rung: undefined,
      offer: '',
      signal,
    });
    await expect(call.hangUp()).resolves.toBeUndefined();
  });
});
