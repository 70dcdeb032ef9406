import { expect, it } from 'vitest';
import { KeptDrafts } from '../../../../relay/manage/kept-drafts.ts';
import { draftAt } from '../../../../relay/setup/draft.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const DOOR = draftAt('rtsp://u:p@cam/1', 'Door');

function setUp() {
  const clock = new FakeTime();
  let count = 0;
  const random = (length: number): Uint8Array => new Uint8Array(length).fill(count++);
  return { clock, drafts: new KeptDrafts({ clock, random }) };
}

it('keeps a draft for a quarter of an hour, under a name that says nothing of it', () => {
  const { clock, drafts } = setUp();
  const name = drafts.keep(DOOR);
  expect(name).toBe('00'.repeat(16));
  clock.advance(15 * 60_000 - 1);
  expect(drafts.get(name)).toBe(DOOR);
  clock.advance(1);
  expect(drafts.get(name)).toBeUndefined();
});

it('lets the oldest go when there are many, and the one that was added', () => {
  const { drafts } = setUp();
  const names = Array.from({ length: 65 }, () => drafts.keep(DOOR));
  expect(drafts.get(names[0] ?? '')).toBeUndefined();
  expect(drafts.get(names[1] ?? '')).toBe(DOOR);
  drafts.drop(names[1] ?? '');
  expect(drafts.get(names[1] ?? '')).toBeUndefined();
});
