import { describe, expect, it } from 'vitest';
import { EarlyPicture, type EarlyStart } from '../../../../../src/viewer/tile/early-picture.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { BASE_MS, bytes, init, PART_MS, part } from '../push/media.ts';

/** The wall is behind what has arrived by this much. */
const BEHIND_MS = 300;
/** Parts that have arrived when the tile is enlarged: the picture that is due is 1.2 s into a GOP of 2 s. */
const ARRIVED = 15;
const STEP_MS = 20;

/** A decoder that needs `decodeMs` for what lies between the keyframe and what it begins with. */
class FakePlayer {
  readonly rates: number[] = [];
  shown = false;
  stopped = false;
  #rate = 1;
  #atMs: number;
  #decodedMs: number;

  constructor(startMs: number, time: FakeTime, decodeMs: number, picturesLateMs: number) {
    this.#atMs = startMs;
    this.#decodedMs = time.now() + decodeMs;
    this.ready = () => time.now() >= this.#decodedMs;
    this.presentedMs = () => (this.ready() ? this.#atMs - picturesLateMs : undefined);
    time.every(STEP_MS, () => {
      if (this.ready()) this.#atMs += STEP_MS * this.#rate;
    });
  }

  readonly ready: () => boolean;
  readonly presentedMs: () => number | undefined;
  readonly programMs = (): number => this.#atMs;

  readonly setRate = (rate: number): void => {
    this.#rate = rate;
    if (rate !== this.rates.at(-1)) this.rates.push(rate);
  };
  readonly show = (): void => {
    this.shown = true;
  };
  readonly stop = (): void => {
    this.stopped = true;
  };
}

const FULL_HD = { width: 1920, height: 1080 };

function setUp({
  decodeMs = 100,
  picturesLateMs = 0,
  wanted = true,
  hardware = true,
  height = 360,
  rung = { width: 3840, height: 2160 },
} = {}) {
  const time = new FakeTime();
  const startedMs = time.now();
  const tile = { height };
  const players: FakePlayer[] = [];
  const starts: EarlyStart[] = [];
  const dueMs = (): number => BASE_MS + ARRIVED * PART_MS - BEHIND_MS + time.now() - startedMs;
  const early = new EarlyPicture({
    decoding: () => (wanted ? { hardware, fps: 25 } : undefined),
    clock: time,
    timers: time,
    height: () => tile.height,
    programMs: dueMs,
    createPlayer(start) {
      starts.push(start);
      const player = new FakePlayer(start.startMs, time, decodeMs, picturesLateMs);
      players.push(player);
      return player;
    },
    log: () => {},
  });
  /** The rung comes with its history. */
  const comes = (parts = ARRIVED, gop = 20): void => {
    early.take(init(rung), bytes(0));
    for (let n = 0; n < parts; n += 1) early.take(part(n, { independent: n % gop === 0 }), bytes(n));
  };
  return { time, tile, early, players, starts, dueMs, comes };
}

describe('an early picture', () => {
  it('begins a little later than what is due, and is shown when the tile has come there', () => {
    const { time, comes, players, starts, dueMs } = setUp();
    comes();
    time.advance(STEP_MS);
    const [player] = players;
    expect(starts[0]?.startMs).toBe(dueMs() + 240);
    time.advance(140);
    expect(player?.shown).toBe(false);
    expect(player?.rates).toEqual([0]);
    time.advance(100);
    expect(player?.shown).toBe(true);
    expect(Math.abs(dueMs() - (player?.programMs() ?? 0))).toBeLessThanOrEqual(40);
  });

  it('is decoded from a keyframe that is not due yet, also by software', () => {
    const { time, comes, players } = setUp({ hardware: false, rung: FULL_HD });
    comes(ARRIVED, 14);
    time.advance(300);
    expect(players[0]?.shown).toBe(true);
  });

  it('is not made where software hardly gains on what comes, as with 4K, however near the keyframe', () => {
    const { time, comes, players } = setUp({ hardware: false });
    comes(ARRIVED, 14);
    time.advance(300);
    expect(players).toEqual([]);
  });

  it('waits for the history to come as far as what is due', () => {
    const { time, early, comes, players } = setUp();
    comes(11);
    time.advance(60);
    expect(players).toEqual([]);
    for (let n = 11; n < ARRIVED; n += 1) early.take(part(n, { independent: false }), bytes(n));
    time.advance(STEP_MS);
    expect(players).toHaveLength(1);
  });

  it('catches up when the decoder was late', () => {
    const { time, comes, players } = setUp({ decodeMs: 400 });
    comes();
    time.advance(400);
    expect(players[0]?.shown).toBe(false);
    time.advance(250);
    expect(players[0]?.rates).toEqual([0, 2, 1]);
    expect(players[0]?.shown).toBe(true);
  });

  it.each([
    ['decodes for too long', { decodeMs: 5_000 }],
    ['presents pictures that are older than its playhead', { picturesLateMs: 300 }],
  ])('is not seen and ends when the decoder %s', (_what, given) => {
    const { time, comes, players } = setUp(given);
    comes();
    time.advance(900);
    expect(players[0]?.stopped).toBe(false);
    time.advance(200);
    expect(players.map(({ shown, stopped }) => ({ shown, stopped }))).toEqual([
      { shown: false, stopped: true },
    ]);
    expect(time.pending).toBe(1); // The fake player's own.
  });

  it('ends when the tile itself shows the rung', () => {
    const { time, tile, comes, players } = setUp();
    comes();
    time.advance(1_000);
    expect(players[0]).toMatchObject({ shown: true, stopped: false });
    tile.height = 2160;
    time.advance(STEP_MS);
    expect(players[0]?.stopped).toBe(true);
  });

  it('ends when the rung does not come after all, and is there for the next one', () => {
    const { time, early, comes, players } = setUp();
    comes();
    time.advance(300);
    early.stop();
    expect(players[0]?.stopped).toBe(true);
    comes(ARRIVED + 3);
    time.advance(300);
    expect(players).toHaveLength(2);
  });

  it('ends when its player fails', () => {
    const { time, comes, players, starts } = setUp();
    comes();
    time.advance(300);
    starts[0]?.onFatal();
    expect(players[0]?.stopped).toBe(true);
  });

  it.each([
    ['in a small tile', { wanted: false }],
    ['of a smaller rung', { height: 2160 }],
    ['where software has 1.4 s of 1440p to decode', { hardware: false, rung: { width: 2560, height: 1440 } }],
  ])('is not made %s', (_what, given) => {
    const { time, comes, players } = setUp(given);
    comes();
    time.advance(300);
    expect(players).toEqual([]);
    expect(time.pending).toBe(0);
  });
});
