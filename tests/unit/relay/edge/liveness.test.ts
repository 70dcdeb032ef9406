import { describe, expect, it } from 'vitest';
import { Liveness, PING_EVERY_MS, type PingSocket } from '../../../../relay/edge/liveness.ts';
import { FakeTime } from '../../../support/fake-time.ts';

class FakePeer implements PingSocket {
  pings = 0;
  terminated = false;
  readonly #listeners = new Map<string, (() => void)[]>();

  ping(): void {
    this.pings += 1;
  }
  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
  on(event: string, listener: () => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }
}

function setUp() {
  const time = new FakeTime();
  const liveness = new Liveness({ timers: time, clock: time });
  liveness.start();
  const peer = new FakePeer();
  liveness.watch(peer);
  return { time, liveness, peer };
}

describe('a socket', () => {
  it('whose client is gone ends after the second round without an answer', () => {
    const { time, peer } = setUp();
    time.advance(PING_EVERY_MS);
    expect(peer).toMatchObject({ pings: 1, terminated: false });
    time.advance(PING_EVERY_MS);
    expect(peer).toMatchObject({ pings: 1, terminated: true });
  });

  it.each(['pong', 'message'])('whose client sends a %s stays', (event) => {
    const { time, peer } = setUp();
    for (let n = 0; n < 5; n += 1) {
      time.advance(PING_EVERY_MS);
      peer.emit(event);
    }
    expect(peer).toMatchObject({ pings: 5, terminated: false });
  });

  it('is not judged after a pause of the relay, whose answers lie unread', () => {
    const { time, peer } = setUp();
    time.advance(PING_EVERY_MS);
    time.jump(10 * PING_EVERY_MS);
    time.advance(0);
    expect(peer.terminated).toBe(false);
  });

  it('that has closed is asked no more', () => {
    const { time, peer } = setUp();
    peer.emit('close');
    time.advance(PING_EVERY_MS);
    expect(peer.pings).toBe(0);
  });

  it('is asked no more when the relay stops', () => {
    const { time, liveness, peer } = setUp();
    liveness.stop();
    time.advance(3 * PING_EVERY_MS);
    expect(peer.pings).toBe(0);
  });
});
