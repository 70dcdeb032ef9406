import { expect, test } from 'vitest';
import { relayNowMs } from '../../../../../src/viewer/wall/wall-clock.ts';
import { FakeTime } from '../../../../support/fake-time.ts';

const wallClock = new FakeTime(50_000);

test('each relay has a media clock of its own', () => {
  const offsets: Record<string, number> = { '': -5_000, 2: 1_234 };
  const deps = { wallClock, relayClock: { offsetMs: (relay: string) => offsets[relay] } };
  expect(['', '2'].map((relay) => relayNowMs(deps, relay))).toEqual([45_000, 51_234]);
});

test('takes the clocks to agree before the first pong', () => {
  expect(relayNowMs({ wallClock, relayClock: { offsetMs: () => undefined } }, '')).toBe(50_000);
});
