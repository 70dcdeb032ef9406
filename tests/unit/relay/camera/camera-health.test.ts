import { beforeEach, describe, expect, it } from 'vitest';
import {
  CameraHealth,
  FROZEN_MS,
  type Moment,
  OFFLINE_MS,
  VERIFY_MS,
} from '../../../../relay/camera/camera-health.ts';

const WALL = 1_700_000_000_000;
let nowMs: number;
let health: CameraHealth;

beforeEach(() => {
  nowMs = 5_000;
  health = new CameraHealth(WALL);
});

/** The wall clock runs beside, from another zero. */
const at = (): Moment => ({ nowMs, wallMs: WALL + nowMs });

/** Media every 67 ms. */
function flow(ms: number): void {
  const endMs = nowMs + ms;
  while (nowMs < endMs) {
    nowMs = Math.min(endMs, nowMs + 67);
    health.media(at());
  }
}

function quiet(ms: number): void {
  const endMs = nowMs + ms;
  while (nowMs < endMs) {
    nowMs = Math.min(endMs, nowMs + 250);
    health.tick(at());
  }
}

const goLive = (): void => flow(VERIFY_MS + 200);

describe('CameraHealth', () => {
  it('starts as starting', () => {
    expect(health.current).toEqual({ state: 'starting', sinceMs: WALL, reason: '' });
  });

  it('is live once media has been arriving for a second', () => {
    flow(VERIFY_MS);
    expect(health.current.state).toBe('starting');
    flow(70);
    expect(health.current).toMatchObject({ state: 'live', reason: '' });
    expect(WALL + nowMs - health.current.sinceMs).toBeLessThanOrEqual(67);
  });

  it('keeps the time since when it is live', () => {
    goLive();
    const { sinceMs } = health.current;
    flow(60_000);
    expect(health.current.sinceMs).toBe(sinceMs);
  });

  it('does not become live on media with holes', () => {
    for (let i = 0; i < 10; i += 1) {
      flow(100);
      nowMs += 1_100;
    }
    expect(health.current.state).toBe('starting');
  });

  it('is frozen at once when the process of a live camera ends, with the reason', () => {
    goLive();
    health.ended('encoder was killed (SIGKILL); restarting', at());
    expect(health.current).toEqual({
      state: 'frozen',
      sinceMs: WALL + nowMs,
      reason: 'encoder was killed (SIGKILL); restarting',
    });
  });

  it('is frozen after three seconds without media, not before', () => {
    goLive();
    quiet(FROZEN_MS - 250);
    expect(health.current.state).toBe('live');
    quiet(250);
    expect(health.current).toMatchObject({ state: 'frozen', reason: 'no picture for 3 s' });
  });

  it('tells why the process ended even when the picture froze before', () => {
    goLive();
    quiet(FROZEN_MS);
    const { sinceMs } = health.current;
    health.ended('encoder hung; restarting', at());
    expect(health.current).toEqual({ state: 'frozen', sinceMs, reason: 'encoder hung; restarting' });
  });

  it('recovers only when media keeps arriving', () => {
    goLive();
    health.ended('crash', at());
    flow(500);
    health.ended('crash again', at());
    flow(900);
    expect(health.current).toMatchObject({ state: 'frozen', reason: 'crash again' });
    flow(300);
    expect(health.current).toMatchObject({ state: 'live', reason: '' });
  });

  it('is offline after half a minute of frozen', () => {
    goLive();
    health.ended('crash', at());
    quiet(OFFLINE_MS - 250);
    expect(health.current.state).toBe('frozen');
    quiet(250);
    expect(health.current).toEqual({ state: 'offline', sinceMs: WALL + nowMs, reason: 'crash' });
  });

  it('comes back from offline', () => {
    goLive();
    health.ended('crash', at());
    quiet(OFFLINE_MS);
    goLive();
    expect(health.current.state).toBe('live');
  });

  it('is offline when a source that never delivered fails', () => {
    health.ended('nothing listens at cam:554', at());
    expect(health.current).toMatchObject({ state: 'offline', reason: 'nothing listens at cam:554' });
  });

  it('stays starting while the source takes its time', () => {
    quiet(14_000);
    expect(health.current.state).toBe('starting');
  });

  it('is degraded with a reason while the encoder is too slow, and live again when it keeps up', () => {
    goLive();
    health.slow('too slow', at());
    expect(health.current).toMatchObject({ state: 'degraded', reason: 'too slow' });
    flow(500);
    expect(health.current.state).toBe('degraded');
    health.slow(undefined, at());
    expect(health.current).toMatchObject({ state: 'live', reason: '' });
  });

  it('a degraded camera can freeze and comes back degraded', () => {
    goLive();
    health.slow('too slow', at());
    health.ended('crash', at());
    health.slow('too slow', at());
    expect(health.current.state).toBe('frozen');
    goLive();
    expect(health.current.state).toBe('degraded');
  });

  it('gives a new object for each change and the same one otherwise', () => {
    goLive();
    const before = health.current;
    flow(100);
    expect(health.current).toBe(before);
    health.ended('crash', at());
    expect(health.current).not.toBe(before);
  });
});
