import { describe, expect, it } from 'vitest';
import { CLOSE } from '../../../../src/wire/protocol.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';
import { setUp } from './push-rig.ts';

describe('a media socket is closed', () => {
  it.each<[string, object, number, RegExp]>([
    ['for a bad token', { token: 'bad' }, CLOSE.unauthorized, /pair again/],
    [
      'for an unknown camera',
      { camera: 'cam9' },
      CLOSE.notFound,
      /unknown camera "cam9": this relay has cam1$/,
    ],
    ['for an unknown rung', { rung: 'tiny' }, CLOSE.notFound, /unknown rung "tiny": this relay has main$/],
    ['for a newer protocol', { protocol: 2 }, CLOSE.version, /update the relay/],
    ['for an older protocol', { protocol: 0 }, CLOSE.version, /update the extension/],
    ['for a field that does not fit', { latencyMs: 'soon' }, CLOSE.malformed, /field "latencyMs"/],
  ])('%s', (_what, over, code, reason) => {
    const { camera, socket, subscribe } = setUp();
    camera.feed(5);
    subscribe(over);
    expect(socket.closed?.code).toBe(code);
    expect(socket.closed?.reason).toMatch(reason);
    camera.feed(5);
    expect(socket.frames).toEqual([]);
  });

  it('when its rung is not made any more, with those that are', () => {
    const { camera, socket, subscribe } = setUp({ rungs: ['main', '720', '360'] });
    camera.feed(5);
    subscribe({ rung: '720' });
    camera.change({ reason: 'something else' });
    expect(socket.closed).toBeUndefined();
    camera.removeRung('720');
    expect(socket.closed).toEqual({
      code: CLOSE.notFound,
      reason: 'unknown rung "720": this relay has main, 360',
    });
    expect(camera.listeners).toBe(0);
  });

  it('says nothing about cameras to a client without a token', () => {
    const { socket, subscribe } = setUp();
    subscribe({ token: 'bad', camera: 'cam9' });
    expect(socket.closed?.code).toBe(CLOSE.unauthorized);
  });

  it('when nothing was asked for within 3 s', () => {
    const { time, socket } = setUp();
    time.advance(2999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    // Not 4401: a slow link is no revoked token.
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it.each([
    ['an acknowledgement before the subscription', [{ type: 'ack', parts: 0 }]],
    ['no JSON', ['{']],
  ])('for %s', (_what, messages) => {
    const { socket, say, handlers } = setUp();
    for (const message of messages) {
      if (typeof message === 'string') handlers.onText(message);
      else say(message);
    }
    expect(socket.closed?.code).toBe(CLOSE.malformed);
  });

  it('for a second subscription and for acknowledging what was never sent', () => {
    const first = setUp();
    first.subscribe();
    first.subscribe();
    expect(first.socket.closed?.code).toBe(CLOSE.malformed);
    const second = setUp();
    second.camera.feed(3);
    second.subscribe();
    second.say({ type: 'ack', parts: 4 });
    expect(second.socket.closed).toEqual({
      code: CLOSE.malformed,
      reason: 'field "parts": more than were sent',
    });
  });

  it('when nothing was acknowledged for 12 s', () => {
    const { time, camera, socket, subscribe, acknowledgeAll } = setUp();
    camera.feed(3);
    subscribe();
    time.advance(11_000);
    acknowledgeAll();
    time.advance(60_000);
    expect(socket.closed).toBeUndefined();
    camera.feed(1);
    time.advance(11_999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it('when nothing more was acknowledged for 12 s, of parts that went out while it did', () => {
    const { time, camera, socket, subscribe, say } = setUp();
    camera.feed(3);
    subscribe();
    time.advance(7_000);
    say({ type: 'ack', parts: 1 });
    time.advance(11_999);
    expect(socket.closed).toBeUndefined();
    time.advance(1);
    expect(socket.closed?.code).toBe(CLOSE.slow);
  });

  it('when the relay stops', () => {
    const { hub, socket, subscribe } = setUp();
    subscribe();
    hub.stop();
    expect(socket.closed?.code).toBe(CLOSE.restarting);
  });

  it('and leaves nothing behind', () => {
    const { time, camera, subscribe, handlers, socket } = setUp();
    camera.feed(3);
    subscribe();
    handlers.onClose();
    const before = socket.frames.length;
    camera.feed(3);
    expect([socket.frames.length, time.pending, camera.listeners]).toEqual([before, 0, 0]);
  });
});

describe('a media socket whose token is revoked', () => {
  it('is closed within a second, of an offline camera too', () => {
    const { time, hub, socket, subscribe, revoked } = setUp({ rungs: [] });
    hub.start();
    subscribe();
    time.advance(2_000);
    expect(socket.closed).toBeUndefined();
    revoked.now = true;
    time.advance(1_000);
    expect(socket.closed).toMatchObject({
      code: CLOSE.unauthorized,
      reason: expect.stringContaining('pair again'),
    });
  });

  it('is closed with all others that have it, which are asked about together', () => {
    const { time, hub, socket, subscribe, connect, revoked } = setUp();
    hub.start();
    subscribe();
    const second = connect();
    second.subscribe();
    time.advance(500);
    expect(revoked.asked).toBe(1);
    revoked.now = true;
    time.advance(500);
    expect([socket, second.socket].map(({ closed }) => closed?.code)).toEqual([
      CLOSE.unauthorized,
      CLOSE.unauthorized,
    ]);
  });
});

describe('a camera that the configuration has no longer', () => {
  it.each([
    ['ends its sockets', false, CLOSE.notFound, 'unknown camera "cam1": this relay has cam2'],
    [
      'lets its viewers come back when another one has its place',
      true,
      CLOSE.restarting,
      'the configuration of this camera changed',
    ],
  ])('%s', (_about, replaced, code, reason) => {
    const { camera, cameras, hub, connect, socket, subscribe } = setUp();
    const other = new SyntheticCamera({ id: 'cam2' });
    cameras.set('cam2', other);
    camera.feed(5);
    subscribe();
    const elsewhere = connect();
    elsewhere.subscribe({ camera: 'cam2' });
    if (replaced) cameras.set('cam1', new SyntheticCamera({ id: 'cam1' }));
    else cameras.delete('cam1');
    hub.cameraGone(camera);
    expect(socket.closed).toEqual({ code, reason });
    expect(camera.listeners).toBe(0);
    other.feed(1);
    expect(elsewhere.socket.closed).toBeUndefined();
    expect(elsewhere.socket.parts()).toEqual(['0.0']);
  });
});
