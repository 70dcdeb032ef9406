import { describe, expect, it } from 'vitest';
import { TileHealth, type TileSigns } from '../../../../../src/viewer/tile/tile-health.ts';

const live: TileSigns = {
  nowMs: 0,
  hidden: false,
  frames: 0,
  bufferAheadMs: 200,
  unplayedMs: 300,
  holding: false,
  link: 'open',
  linkReason: '',
  pictureMs: 67,
  hasMedia: true,
  camera: 'live',
  cameraReason: '',
};

/** A tile that played until `atMs`, then steps every 250 ms with these signs. */
function phases(forMs: number, signs: Partial<TileSigns>): { phase: string; atMs: number; reason: string }[] {
  const health = new TileHealth();
  health.step({ ...live, frames: 10 });
  const seen: { phase: string; atMs: number; reason: string }[] = [];
  for (let nowMs = 250; nowMs <= forMs; nowMs += 250) {
    const { phase, reason } = health.step({ ...live, frames: 10, ...signs, nowMs });
    if (seen.at(-1)?.phase !== phase) seen.push({ phase, atMs: nowMs, reason });
  }
  return seen;
}

describe('TileHealth', () => {
  it('plays while frames come, five a second included', () => {
    const health = new TileHealth();
    for (let i = 1; i < 100; i += 1) {
      const frames = Math.floor((i * 250) / 600);
      const { phase } = health.step({ ...live, nowMs: i * 250, frames: frames + 1 });
      expect(phase).toBe('playing');
    }
  });

  it.each([1_000, 2_000, 5_000, 10_000])(
    'plays on with a picture every %i ms, one left out included',
    (pictureMs) => {
      const health = new TileHealth();
      health.step({ ...live, frames: 1, pictureMs });
      for (let nowMs = 250; nowMs <= 12 * pictureMs; nowMs += 250) {
        const pictures = Math.floor(nowMs / pictureMs);
        const bufferAheadMs = pictureMs - (nowMs % pictureMs);
        const { phase } = health.step({ ...live, nowMs, frames: 1 + pictures, bufferAheadMs, pictureMs });
        expect(phase).toBe('playing');
      }
    },
  );

  it('says that a slow camera is stale too, after some of its own pictures', () => {
    const seen = phases(20_000, { bufferAheadMs: 0, pictureMs: 2_000 });
    expect(seen.map(({ phase, atMs }) => [phase, atMs])).toEqual([
      ['playing', 250],
      ['buffering', 3_500],
      ['stale', 6_250],
    ]);
  });

  it('is buffering, then stale within 3 s of the last picture when no media arrives', () => {
    expect(phases(10_000, { bufferAheadMs: 0 })).toEqual([
      { phase: 'playing', atMs: 250, reason: '' },
      { phase: 'buffering', atMs: 750, reason: 'no media arrives' },
      { phase: 'stale', atMs: 2500, reason: 'no media arrives' },
    ]);
  });

  it('says decoder-stuck when media is buffered and the picture does not move', () => {
    const seen = phases(10_000, { bufferAheadMs: 900 });
    expect(seen.map(({ phase, atMs }) => [phase, atMs])).toEqual([
      ['playing', 250],
      ['decoder-stuck', 1500],
    ]);
  });

  it('says decoder-stuck when media arrives that the player does not take', () => {
    const seen = phases(4000, { bufferAheadMs: 0, unplayedMs: 2000 });
    expect(seen.map(({ phase }) => phase)).toEqual(['playing', 'decoder-stuck']);
  });

  it('names the link, then the camera, as the cause', () => {
    expect(
      phases(1000, { bufferAheadMs: 0, link: 'waiting', linkReason: 'connection lost' }).at(-1)?.reason,
    ).toBe('connection lost');
    expect(phases(1000, { bufferAheadMs: 0, camera: 'offline' }).at(-1)?.reason).toBe(
      'the camera is offline',
    );
    expect(
      phases(1000, { bufferAheadMs: 0, camera: 'offline', cameraReason: 'wrong password' }).at(-1)?.reason,
    ).toBe('wrong password');
  });

  it("takes the relay's word that the source is frozen, while pictures come", () => {
    const health = new TileHealth();
    const { phase, reason } = health.step({ ...live, frames: 10, camera: 'frozen' });
    expect([phase, reason]).toEqual(['source-frozen', 'the camera sends a frozen picture']);
  });

  it('does not report a freeze while the page is hidden, nor right after', () => {
    const health = new TileHealth();
    health.step({ ...live, frames: 10 });
    for (let nowMs = 250; nowMs < 60_000; nowMs += 1000) {
      expect(health.step({ ...live, nowMs, frames: 10, hidden: true }).phase).toBe('hidden');
    }
    const shown = (nowMs: number) => health.step({ ...live, nowMs, frames: 10, bufferAheadMs: 0 }).phase;
    expect(shown(60_000)).toBe('playing');
    expect(shown(60_250)).not.toBe('stale');
    expect(shown(62_250)).toBe('stale');
  });

  it('says connecting before the first picture, then what is missing', () => {
    const health = new TileHealth();
    const step = (nowMs: number, hasMedia: boolean) => health.step({ ...live, nowMs, hasMedia }).phase;
    expect(step(0, false)).toBe('connecting');
    expect(step(3900, false)).toBe('connecting');
    expect(step(4100, false)).toBe('no-media');
    expect(step(4200, true)).toBe('decoder-stuck');
  });

  it('says that it is held, and nothing worse, for as long as the wall has it wait', () => {
    const seen = phases(10_000, { holding: true, bufferAheadMs: 4000 });
    expect(seen.map(({ phase, atMs }) => [phase, atMs])).toEqual([
      ['playing', 250],
      ['held', 750],
    ]);
    expect(seen.at(-1)?.reason).toContain('wall');
  });

  it('gives a tile a moment to go on when the wall has come to it, and then says what is wrong', () => {
    const health = new TileHealth();
    health.step({ ...live, frames: 10 });
    const step = (nowMs: number, holding: boolean) =>
      health.step({ ...live, nowMs, frames: 10, bufferAheadMs: 4000, holding }).phase;
    for (let nowMs = 250; nowMs <= 6000; nowMs += 250) step(nowMs, true);
    expect([step(6250, false), step(6500, false), step(6750, false)]).toEqual([
      'playing',
      'playing',
      'decoder-stuck',
    ]);
  });

  it('says so of a tile that is held before its first picture was counted, too', () => {
    const health = new TileHealth();
    health.step({ ...live });
    expect(health.step({ ...live, nowMs: 6000, holding: true }).phase).toBe('held');
  });

  it('keeps the since-time of a phase while only its reason changes', () => {
    const health = new TileHealth();
    health.step({ ...live, frames: 10 });
    const first = health.step({ ...live, nowMs: 3000, frames: 10, bufferAheadMs: 0 });
    const second = health.step({ ...live, nowMs: 3250, frames: 10, bufferAheadMs: 0, link: 'waiting' });
    expect(second.sinceMs).toBe(first.sinceMs);
    expect(second.reason).not.toBe(first.reason);
  });
});
