import { beforeEach, expect, test } from 'vitest';
import { GROUP_WITHIN_MS } from '../../../../src/background/freeze-notifier.ts';
import { FreezeNotices } from '../../../../src/background/notices.ts';
import { statusStore } from '../../../../src/extension/status.ts';
import type { CameraStateName } from '../../../../src/wire/protocol.ts';
import { FakeStorage } from '../../../support/fake-storage.ts';
import { FakeTime } from '../../../support/fake-time.ts';

let time: FakeTime;
let storage: FakeStorage;
let shown: string[];

/** A new background page on the same browser. */
function page(): FreezeNotices {
  const status = statusStore(storage);
  return new FreezeNotices({
    notifications: {
      show: async ({ id, title }) => {
        shown.push(`${id} ${title}`);
      },
      clear: async (id) => {
        shown.push(`clear ${id}`);
      },
    },
    load: async () => (await status.read()).notices,
    save: (notices) => status.write({ notices }),
    policy: () => ({ allows: () => true }),
    wallClock: time,
    timers: time,
  });
}

const gate = (state: CameraStateName) => [{ id: 'gate', name: 'Gate', state, sinceMs: 0, reason: '' }];

beforeEach(() => {
  time = new FakeTime();
  storage = new FakeStorage();
  shown = [];
});

test('shows a held notification by itself when it is due', async () => {
  const notices = page();
  await notices.update(gate('frozen'));
  expect(shown).toEqual([]);
  time.advance(GROUP_WITHIN_MS);
  await notices.check();
  expect(shown).toEqual(['freeze:gate Gate: picture frozen']);
});

test('a new page knows what the killed one showed', async () => {
  const first = page();
  await first.update(gate('frozen'));
  time.advance(GROUP_WITHIN_MS);
  await first.check();
  first.stop();
  const second = page();
  await second.update(gate('frozen'));
  time.advance(60_000);
  await second.check();
  expect(shown).toHaveLength(1);
  await second.update(gate('live'));
  expect(shown.at(-1)).toBe('freeze:gate Gate is back');
});

test('a new page shows what the killed one still held', async () => {
  const first = page();
  await first.update(gate('frozen'));
  first.stop();
  time.advance(30_000);
  await page().update(gate('frozen'));
  expect(shown).toEqual(['freeze:gate Gate: picture frozen']);
});

test('changes that come in quick succession are handled one after the other', async () => {
  const notices = page();
  await Promise.all([
    notices.update(gate('frozen')),
    notices.update(gate('live')),
    notices.update(gate('frozen')),
  ]);
  time.advance(GROUP_WITHIN_MS);
  await notices.check();
  expect(shown).toEqual(['freeze:gate Gate: picture frozen']);
});

test('says nothing before it has heard of the cameras', async () => {
  await page().check();
  expect(shown).toEqual([]);
  expect(storage.items.size).toBe(0);
});

test('a stop leaves no timer behind', async () => {
  const notices = page();
  await notices.update(gate('frozen'));
  notices.stop();
  expect(time.pending).toBe(0);
});
