import { describe, expect, it } from 'vitest';
import { DelayReadings } from '../../../../../src/viewer/calibrate/delays.ts';
import { CYCLE_MS } from '../../../../../src/viewer/calibrate/target.ts';
import { sequence } from '../../../../support/filmed-target.ts';

const START_MS = 1_790_000_000_000;

/** Pictures at 25 a second of a camera that is `delayMs` late, of a target that counts in ticks of 20 ms. */
function readings(
  delayMs: number,
  count: number,
  into = new DelayReadings(),
  fromMs = START_MS,
): DelayReadings {
  const random = sequence(count);
  for (let n = 0; n < count; n += 1) {
    const takenMs = fromMs + n * 200 + Math.floor(random() * 40);
    const shownMs = Math.floor(takenMs / 20) * 20 + 10;
    into.add(takenMs + delayMs, shownMs % CYCLE_MS, takenMs);
  }
  return into;
}

describe('DelayReadings', () => {
  it.each([-60, 0, 180, 420, 4900, 9000])('finds %i ms', (delayMs) => {
    const delay = readings(delayMs, 30).delay();
    expect(Math.abs((delay?.delayMs ?? Number.NaN) - delayMs)).toBeLessThanOrEqual(5);
    expect(delay?.spreadMs).toBeLessThanOrEqual(10);
    expect(delay).toMatchObject({ readings: 30, sure: true });
  });

  it('says nothing before three agree, and is sure after twelve', () => {
    expect(new DelayReadings().delay()).toBeUndefined();
    expect(readings(180, 2).delay()).toBeUndefined();
    expect(readings(180, 3).delay()).toMatchObject({ readings: 3, sure: false });
    expect(readings(180, 12).delay()).toMatchObject({ sure: true });
  });

  it('is not led astray by some wrong ones, and says nothing when there are many', () => {
    const some = readings(180, 20);
    for (let n = 0; n < 5; n += 1) some.add(START_MS + 4000 + n * 900, 100, START_MS + 4000 + n);
    expect(Math.abs((some.delay()?.delayMs ?? Number.NaN) - 180)).toBeLessThanOrEqual(5);
    const many = readings(180, 6);
    for (let n = 0; n < 6; n += 1) many.add(START_MS + n * 900, 100, START_MS + 2000 + n);
    expect(many.delay()).toBeUndefined();
  });

  it('keeps what it found when the camera is turned away, and forgets it when the camera comes back much later', () => {
    const readAgain = readings(180, 20);
    expect(readAgain.lastMs).toBeGreaterThan(START_MS + 3700);
    expect(Math.abs((readAgain.delay()?.delayMs ?? Number.NaN) - 180)).toBeLessThanOrEqual(5);
    readings(420, 5, readAgain, START_MS + 60_000);
    expect(Math.abs((readAgain.delay()?.delayMs ?? Number.NaN) - 420)).toBeLessThanOrEqual(10);
    expect(readAgain.delay()?.readings).toBe(5);
  });
});
