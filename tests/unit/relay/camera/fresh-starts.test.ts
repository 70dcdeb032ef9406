import { expect, it } from 'vitest';
import { FreshStarts } from '../../../../relay/camera/fresh-starts.ts';

/** A muxer that closes a segment a second, all of them with long parts, for ten minutes. */
function startsOf(starts: FreshStarts, untilS = 600): number[] {
  const times: number[] = [];
  for (let second = 0; second <= untilS; second += 1) {
    if (starts.frozen(second * 1000).kind === 'now') times.push(second);
  }
  return times;
}

it('waits four times as long each time, up to five minutes', () => {
  expect(startsOf(new FreshStarts(), 1000)).toEqual([0, 20, 100, 420, 740]);
});

it('says once that it waits, and for how long, when the old muxer is gone', () => {
  const starts = new FreshStarts();
  expect(starts.frozen(1_000)).toEqual({ kind: 'now' });
  expect(starts.frozen(3_000)).toEqual({ kind: 'known' });
  expect(starts.frozen(6_000)).toEqual({ kind: 'later', inMs: 15_000 });
  expect(starts.frozen(7_000)).toEqual({ kind: 'known' });
});
