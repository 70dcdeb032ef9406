import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLaw, type RateLawInput } from '../../../../../src/viewer/wall/rate-law.ts';

function input(changes: Partial<RateLawInput> = {}): RateLawInput {
  return {
    errorMs: 0,
    aheadMs: changes.errorMs ?? 0,
    elapsedMs: 100,
    bufferAheadMs: 1000,
    bufferBehindMs: 10_000,
    targetMs: 1000,
    inGap: false,
    sinceSeekMs: Number.POSITIVE_INFINITY,
    ...changes,
  };
}

describe('RateLaw', () => {
  it.each([
    { errorMs: 3, rate: 1 },
    { errorMs: -3, rate: 1 },
    { errorMs: 20, rate: 1.02 },
    { errorMs: -20, rate: 0.98 },
    { errorMs: 90, rate: 1.03 },
    { errorMs: -90, rate: 0.97 },
    { errorMs: 400, rate: 1.1 },
    { errorMs: -400, rate: 0.9 },
  ])('answers an error of $errorMs ms with the rate $rate', ({ errorMs, rate }) => {
    const action = new RateLaw().step(input({ errorMs }));
    expect(action.kind).toBe('rate');
    expect(action.kind === 'rate' ? action.rate : 0).toBeCloseTo(rate, 3);
  });

  it('does not speed up with less than 0.1 s of buffer, but still slows down', () => {
    const law = new RateLaw();
    expect(law.step(input({ errorMs: 80, bufferAheadMs: 90 }))).toEqual({ kind: 'rate', rate: 1 });
    expect(law.step(input({ errorMs: -80, bufferAheadMs: 90 }))).toMatchObject({ rate: 0.97 });
  });

  it('hurries a tile that begins only out of what it has more than 0.6 of the target', () => {
    const law = new RateLaw();
    law.begin();
    const late = { errorMs: 400, targetMs: 300 };
    expect(law.step(input({ ...late, bufferAheadMs: 200 }))).toEqual({ kind: 'rate', rate: 1.5 });
    expect(law.step(input({ ...late, bufferAheadMs: 170 }))).toEqual({ kind: 'rate', rate: 1.1 });
    expect(law.step(input({ ...late, errorMs: -400, bufferAheadMs: 170 }))).toEqual({
      kind: 'rate',
      rate: 0.5,
    });
  });

  it('speeds up with less buffer when the target leaves no more', () => {
    const action = new RateLaw().step(input({ errorMs: 80, bufferAheadMs: 60, targetMs: 200 }));
    expect(action).toMatchObject({ kind: 'rate', rate: 1.03 });
  });

  it('seeks when it is more than 0.7 s late', () => {
    const action = new RateLaw().step(input({ errorMs: 900, bufferAheadMs: 3000 }));
    expect(action).toEqual({ kind: 'seek', byMs: 900 });
  });

  it('saves the seek until what has come reaches, and goes to the end of it when that takes more than 5 s', () => {
    const law = new RateLaw();
    const short = input({ errorMs: 2000, bufferAheadMs: 1500 });
    for (let n = 0; n < 49; n += 1) expect(law.step(short)).toMatchObject({ kind: 'rate', rate: 1.1 });
    expect(law.step({ ...short, bufferAheadMs: 2100 })).toEqual({ kind: 'seek', byMs: 2000 });
    for (let n = 0; n < 49; n += 1) expect(law.step(short).kind).toBe('rate');
    expect(law.step(short)).toEqual({ kind: 'seek', byMs: 1440 });
  });

  it('hurries over what a seek left over, while there is enough to play', () => {
    const law = new RateLaw();
    law.step(input({ errorMs: 1500, bufferAheadMs: 3000 }));
    const left = input({ errorMs: 500, sinceSeekMs: 200 });
    expect(law.step({ ...left, bufferAheadMs: 300 })).toEqual({ kind: 'rate', rate: 1.1 });
    expect(law.step(left)).toEqual({ kind: 'rate', rate: 1.5 });
    expect(law.step({ ...left, errorMs: 10 })).toEqual({ kind: 'rate', rate: 1.01 });
    expect(law.step(left)).toEqual({ kind: 'rate', rate: 1.1 });
  });

  it('seeks no further than to the wanted picture where media before it were left out', () => {
    const action = new RateLaw().step(input({ errorMs: 2000, aheadMs: 800, bufferAheadMs: 1000 }));
    expect(action).toEqual({ kind: 'seek', byMs: 800 });
  });

  it('catches up by rate between two seeks', () => {
    const action = new RateLaw().step(input({ errorMs: 900, bufferAheadMs: 3000, sinceSeekMs: 1400 }));
    expect(action).toMatchObject({ kind: 'rate', rate: 1.1 });
  });

  it('does not seek for a gain that the rate brings in the same time', () => {
    expect(new RateLaw().step(input({ errorMs: 5000, aheadMs: 90, bufferAheadMs: 150 })).kind).toBe('rate');
  });

  it('seeks back when it is more than 0.7 s early and the picture is still buffered', () => {
    expect(new RateLaw().step(input({ errorMs: -5700 }))).toEqual({ kind: 'seek', byMs: -5700 });
  });

  it('holds the picture when it is early and nothing older is buffered, and lets go when its time comes', () => {
    const law = new RateLaw();
    expect(law.step(input({ errorMs: -2000, bufferBehindMs: 0 })).kind).toBe('hold');
    expect(law.step(input({ errorMs: -300, bufferBehindMs: 0 })).kind).toBe('hold');
    expect(law.step(input({ errorMs: -40, bufferBehindMs: 0 })).kind).toBe('rate');
    expect(law.step(input({ errorMs: -300, bufferBehindMs: 0 })).kind).toBe('rate');
  });

  it('holds the picture while the wanted time has none', () => {
    expect(new RateLaw().step(input({ errorMs: -10, inGap: true })).kind).toBe('hold');
  });
});

interface Simulated {
  readonly errors: readonly number[];
  readonly rates: readonly number[];
  readonly seeks: number;
}

/** A player on the law's rates: its source runs at `1 + driftPpm`, media arrives `arrivalMs` after it was taken. */
function simulate(
  startErrorMs: number,
  driftPpm: number,
  targetMs: number,
  seconds: number,
  law = new RateLaw(),
): Simulated {
  const arrivalMs = 100;
  let errorMs = startErrorMs;
  let sinceSeekMs = Number.POSITIVE_INFINITY;
  let seeks = 0;
  let behindMs = 0;
  const errors: number[] = [];
  const rates: number[] = [];
  for (let tick = 0; tick < seconds * 10; tick += 1) {
    const bufferAheadMs = Math.max(0, targetMs + errorMs - arrivalMs);
    const action = law.step(
      input({ errorMs, bufferAheadMs, bufferBehindMs: behindMs, targetMs, sinceSeekMs }),
    );
    let rate = 1;
    sinceSeekMs += 100;
    if (action.kind === 'seek') {
      errorMs -= action.byMs;
      seeks += 1;
      sinceSeekMs = 0;
    } else rate = action.kind === 'hold' ? 0 : action.rate;
    behindMs += 100 * rate;
    errorMs += 100 * (1 + driftPpm / 1e6 - rate);
    errors.push(errorMs);
    rates.push(rate);
  }
  return { errors, rates, seeks };
}

describe('RateLaw on a simulated player', () => {
  it('brings any start within the dead-band in 40 s and keeps it there, whatever the clocks', () => {
    const start = fc.integer({ min: -6000, max: 6000 });
    const drift = fc.integer({ min: -500, max: 500 });
    const target = fc.constantFrom(200, 300, 1000, 3000, 6000);
    void fc.assert(
      fc.property(start, drift, target, (startErrorMs, driftPpm, targetMs) => {
        const { errors } = simulate(startErrorMs, driftPpm, targetMs, 80);
        const late = errors.slice(400);
        expect(Math.max(...late.map(Math.abs))).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('corrects up to 0.7 s without a seek', () => {
    void fc.assert(
      fc.property(fc.integer({ min: -690, max: 690 }), (startErrorMs) => {
        expect(simulate(startErrorMs, 0, 1000, 20).seeks).toBe(0);
      }),
    );
  });

  it('comes within 30 ms in 6 s from half a second off', () => {
    for (const startErrorMs of [-500, 500]) {
      const { errors } = simulate(startErrorMs, 0, 1000, 7.5);
      expect(Math.abs(errors.at(-1) ?? Number.NaN)).toBeLessThan(30);
    }
  });

  it('brings a tile that begins within 20 ms in 1.8 s from half a second off, and is gentle from then on', () => {
    for (const startErrorMs of [-500, 500]) {
      const law = new RateLaw();
      law.begin();
      const { errors, rates } = simulate(startErrorMs, 0, 1000, 1.8, law);
      expect(Math.abs(errors.at(-1) ?? Number.NaN)).toBeLessThan(20);
      // Not past the target: that would show pictures twice as far apart.
      expect(errors.every((errorMs) => errorMs * startErrorMs >= 0)).toBe(true);
      expect(Math.max(...rates.map((rate) => Math.abs(rate - 1)))).toBe(0.5);
      expect(law.step(input({ errorMs: startErrorMs }))).toMatchObject({
        rate: 1 + Math.sign(startErrorMs) * 0.1,
      });
    }
  });

  it('learns the drift of a clock, so that it corrects ever more rarely', () => {
    for (const driftPpm of [-300, 300]) {
      const { rates } = simulate(0, driftPpm, 1000, 600);
      const written = (from: number, to: number) =>
        rates.slice(from, to).filter((rate, i, all) => i > 0 && rate !== all[i - 1]).length;
      expect(written(5000, 6000)).toBeLessThan(written(0, 1000) / 3);
      expect(Math.abs((rates.at(-1) ?? 0) - 1 - driftPpm / 1e6)).toBeLessThanOrEqual(0.0001);
    }
  });
});
