import { expect, test } from 'vitest';
import type { Gray } from '../../../../../src/viewer/calibrate/finders.ts';
import { type Look, Measurer } from '../../../../../src/viewer/calibrate/measurer.ts';
import { offsetLines, offsetOf, writeOffsets } from '../../../../../src/viewer/calibrate/offsets.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { film } from '../../../../support/filmed-target.ts';

const DARK: Gray = { width: 64, height: 36, data: new Uint8Array(64 * 36) };
const DELAYS_MS: Record<string, number> = { door: 180, yard: 420 };
/** How long after its arrival a picture is shown. */
const LATENCY_MS = 300;

function setUp() {
  const time = new FakeTime();
  const elements = new Map(['door', 'yard', 'attic'].map((id) => [id, { id } as HTMLVideoElement]));
  const waiting = new Map<string, (look: Look) => void>();
  const measurer = new Measurer({
    videos: () => elements,
    look: (video, seen) => {
      waiting.set(video.id, seen);
      return () => waiting.delete(video.id);
    },
    // The picture at position 7 is that which is shown.
    ageMs: (camera, positionSec) => (camera === 'attic' ? undefined : LATENCY_MS + (7 - positionSec) * 1000),
    clock: time,
    timers: time,
  });
  /** Each camera that is waited for shows its next picture. */
  const show = (): void => {
    for (const [id, seen] of waiting) {
      waiting.delete(id);
      const takenMs = time.now() - LATENCY_MS - (DELAYS_MS[id] ?? 0);
      seen({ gray: film({ timesMs: [takenMs], width: 320, height: 180 }), positionSec: 7 });
    }
  };
  const play = (periods: number): void => {
    for (let n = 0; n < periods; n += 1) {
      time.advance(80);
      show();
    }
  };
  return { time, elements, waiting, measurer, play };
}

test('each camera is measured by what its pictures show, however late the wall shows them', () => {
  const { measurer, play, waiting } = setUp();
  let changes = 0;
  const stop = measurer.start(() => {
    changes += 1;
  });
  play(45);
  expect(changes).toBe(45);
  for (const camera of ['door', 'yard']) {
    const { delay, seen, located } = measurer.measured(camera);
    expect(Math.abs((delay?.delayMs ?? Number.NaN) - (DELAYS_MS[camera] ?? 0)), camera).toBeLessThanOrEqual(
      10,
    );
    expect([delay?.sure, seen, located?.corners.length]).toEqual([true, true, 4]);
  }
  // When its picture arrived is not known.
  expect(measurer.measured('attic').delay).toBeUndefined();
  stop();
  expect(waiting.size).toBe(0);
});

test('a camera that is turned away keeps its figure, and one that goes is waited for no longer', () => {
  const { time, elements, waiting, measurer, play } = setUp();
  measurer.start(() => undefined);
  play(45);
  elements.delete('yard');
  elements.delete('attic');
  for (let n = 0; n < 30; n += 1) {
    time.advance(80);
    waiting.get('door')?.({ gray: DARK, positionSec: 7 });
    waiting.delete('door');
  }
  expect(waiting.has('yard')).toBe(false);
  const { delay, seen, located } = measurer.measured('door');
  expect([delay?.sure, seen, located]).toEqual([true, false, undefined]);
  expect(measurer.measured('nobody')).toMatchObject({ delay: undefined, seen: false });
});

test('delays are written as the relay takes them, with the revision that it named', async () => {
  const sent: unknown[] = [];
  const offsets = [
    { camera: 'door', offsetMs: 180 },
    { camera: 'yard', offsetMs: 420 },
  ];
  await writeOffsets(async (command) => {
    sent.push(command);
    return { kind: 'cameras', revision: 'abc', cameras: [] };
  }, offsets);
  expect(sent).toEqual([{ command: 'list-cameras' }, { command: 'set-offsets', revision: 'abc', offsets }]);
  await expect(writeOffsets(async () => undefined, offsets)).rejects.toThrow('did not list');
  expect([-2001, -2000, 179.6, 5000, 5001].map(offsetOf)).toEqual([undefined, -2000, 180, 5000, undefined]);
  expect(offsetLines(offsets)).toBe('  - id: door\n    offsetMs: 180\n  - id: yard\n    offsetMs: 420');
});
