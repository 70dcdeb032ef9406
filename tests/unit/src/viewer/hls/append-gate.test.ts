import { describe, expect, it } from 'vitest';
import { AppendGate } from '../../../../../src/viewer/hls/append-gate.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { bytes, init, PARTS_PER_SEGMENT, part } from '../push/media.ts';

/** A player that was told of two whole segments and three parts of the third, and asks for the last of them. */
function setUp() {
  const mirror = new Mirror();
  const time = new FakeTime();
  const gate = new AppendGate(mirror.timeline, time);
  mirror.addInit(init(), bytes(0));
  let next = 0;
  const partsUntil = (end: number): void => {
    for (; next < end; next += 1) mirror.addPart(part(next), bytes(next));
  };
  const given: string[] = [];
  const give = (name: string) => gate.pass(() => given.push(name));
  partsUntil(2 * PARTS_PER_SEGMENT + 3);
  give('first');
  const last = { msn: mirror.timeline.segments.at(-1)?.msn ?? Number.NaN, index: 2 };
  gate.asked(last);
  return { time, gate, given, give, last, partsUntil };
}

describe('AppendGate', () => {
  it('gives playlists at once while the segment of the part goes on growing', () => {
    const { given, give, partsUntil } = setUp();
    partsUntil(3 * PARTS_PER_SEGMENT);
    give('nine parts more');
    expect(given).toEqual(['first', 'nine parts more']);
  });

  it('keeps back the playlist that completes the segment until the part is buffered', () => {
    const { gate, given, give, last, partsUntil } = setUp();
    partsUntil(3 * PARTS_PER_SEGMENT + 1);
    give('whole');
    gate.done({ ...last, index: 1 });
    expect(given).toEqual(['first']);
    gate.done(last);
    expect(given).toEqual(['first', 'whole']);
  });

  it('waits for the newest part: hls.js asks for it before it tells of the one before', () => {
    const { gate, given, give, last, partsUntil } = setUp();
    gate.asked({ ...last, index: 3 });
    partsUntil(3 * PARTS_PER_SEGMENT + 1);
    give('whole');
    gate.done(last);
    expect(given).toEqual(['first']);
    gate.done({ ...last, index: 3 });
    expect(given).toEqual(['first', 'whole']);
  });

  it('gives playlists at once again when the player knows that the segment is whole', () => {
    const { gate, given, give, last, partsUntil } = setUp();
    gate.done(last);
    partsUntil(3 * PARTS_PER_SEGMENT + 1);
    give('whole');
    gate.asked({ ...last, index: 3 });
    partsUntil(3 * PARTS_PER_SEGMENT + 2);
    give('one part more');
    expect(given).toEqual(['first', 'whole', 'one part more']);
  });

  it('does not wait for ever for a part that the player dropped', () => {
    const { time, given, give, partsUntil } = setUp();
    partsUntil(3 * PARTS_PER_SEGMENT + 1);
    give('whole');
    time.advance(299);
    expect(given).toEqual(['first']);
    time.advance(1);
    expect(given).toEqual(['first', 'whole']);
  });

  it('forgets a playlist that is no longer wanted', () => {
    const { gate, given, give, last, partsUntil } = setUp();
    partsUntil(3 * PARTS_PER_SEGMENT + 1);
    give('whole')();
    gate.done(last);
    expect(given).toEqual(['first']);
  });
});
