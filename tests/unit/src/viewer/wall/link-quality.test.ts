import { expect, test } from 'vitest';
import { linkQuality } from '../../../../../src/viewer/wall/link-quality.ts';

const arrival = { lateMs: 40, leastMs: 20, partMs: 67, carried: 1, steady: true };
const load = {
  rateKbps: 1_800,
  carriesKbps: undefined,
  smaller: 0,
  tooThin: false,
  limited: false,
  byHost: false,
};
const CALM = { rttMs: 2, arrivals: [arrival], skippedParts: 0, outages: 0, load, full: false };

test('says nothing before anything was measured', () => {
  expect(linkQuality({ ...CALM, rttMs: undefined, arrivals: [] })).toBeUndefined();
});

test('is excellent when nothing is wrong, with all figures', () => {
  expect(linkQuality(CALM)).toEqual({
    step: 'excellent',
    causes: [
      'round trip 2 ms',
      'parts arrive up to 0.02 s unevenly',
      'all media come at their rate',
      'nothing skipped',
      '1.8 Mbit/s, 810 MB an hour',
    ],
    received: '1.8 Mbit/s, 810 MB an hour',
    tooSlow: false,
    computerFull: false,
  });
});

test.each([
  [{ rttMs: 60 }, 'good', 'round trip 60 ms'],
  [{ rttMs: 200 }, 'fair', 'round trip 200 ms'],
  [{ arrivals: [{ ...arrival, lateMs: 1_200 }] }, 'poor', 'parts arrive up to 1.18 s unevenly'],
  [{ arrivals: [{ ...arrival, carried: 0.7 }] }, 'poor', '30 % of the media do not come'],
  [{ skippedParts: 12 }, 'fair', '12 parts skipped'],
  [{ outages: 1 }, 'fair', 'stood still once'],
  [
    { load: { ...load, rateKbps: 800, carriesKbps: 1_440, smaller: 2 } },
    'fair',
    'smaller pictures of 2 cameras: 800 kbit/s of about 1.4 Mbit/s that the link carries, 360 MB an hour',
  ],
  [
    { load: { ...load, rateKbps: 200, carriesKbps: 200, smaller: 3, tooThin: true } },
    'poor',
    'too slow for the smallest pictures there are: 200 kbit/s of about 200 kbit/s that the link carries, 90 MB an hour',
  ],
])('%j makes it %s, and comes first', (change, step, cause) => {
  const quality = linkQuality({ ...CALM, ...change });
  expect([quality?.step, quality?.causes[0]]).toEqual([step, cause]);
});

test('takes the middle one of the tiles, not the worst', () => {
  const bad = { ...arrival, lateMs: 2_000, carried: 0.5 };
  expect(linkQuality({ ...CALM, arrivals: [arrival, arrival, bad] })?.step).toBe('excellent');
});

test('says that smaller pictures are what the user wanted', () => {
  const limited = { ...load, rateKbps: 800, smaller: 2, limited: true };
  expect(linkQuality({ ...CALM, load: limited })).toMatchObject({ step: 'excellent' });
  expect(linkQuality({ ...CALM, load: limited })?.causes.at(-1)).toBe(
    'smaller pictures of 2 cameras, as you limit the data: 800 kbit/s, 360 MB an hour',
  );
});

test('says nothing bad of the link while this computer is full', () => {
  const late = { ...arrival, lateMs: 2_000, carried: 0.5 };
  const full = { ...CALM, arrivals: [late], rttMs: 400, skippedParts: 50, full: true };
  const quality = linkQuality({ ...full, load: { ...load, rateKbps: 800, smaller: 2, byHost: true } });
  expect(quality).toMatchObject({ step: 'excellent', tooSlow: false, computerFull: true });
  expect(quality?.causes[0]).toBe('this computer is full, so that nothing is known of the link');
  expect(quality?.causes.at(-1)).toBe(
    'smaller pictures of 2 cameras, as this computer is full: 800 kbit/s, 360 MB an hour',
  );
});
