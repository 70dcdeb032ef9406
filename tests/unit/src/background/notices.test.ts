import { beforeEach, expect, test } from 'vitest';
import { GROUP_WITHIN_MS, type NoticeInput } from '../../../../src/background/freeze-notifier.ts';
import type { Outage } from '../../../../src/background/missed-outages.ts';
import { FreezeNotices } from '../../../../src/background/notices.ts';
import { RELAY_GRACE_MS } from '../../../../src/background/relay-notice.ts';
import { NO_NOTICES, statusStore } from '../../../../src/extension/status.ts';
import type { Timers } from '../../../../src/wire/ports.ts';
import type { CameraStateName } from '../../../../src/wire/protocol.ts';
import { FakeStorage } from '../../../support/fake-storage.ts';
import { FakeTime } from '../../../support/fake-time.ts';

let time: FakeTime;
let storage: FakeStorage;
let shown: string[];

/** A new background page on the same browser; a killed one has timers that nobody moves. */
function page(timers: Timers = time): FreezeNotices {
  const status = statusStore(storage, '');
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
    policy: () => ({ muted: () => false, quiet: () => false }),
    wallClock: time,
    timers,
  });
}

const RELAY = { address: 'a:1', name: 'gate-host', open: true, reason: '', refused: false };

const gate = (state: CameraStateName, missed: Outage[] = []): NoticeInput => ({
  relay: RELAY,
  cameras: [{ id: 'gate', name: 'Gate', state, sinceMs: 0, reason: '' }],
  missed,
});

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
  const first = page(new FakeTime());
  await first.update(gate('frozen'));
  time.advance(GROUP_WITHIN_MS);
  await first.check();
  const second = page();
  await second.update(gate('frozen'));
  time.advance(60_000);
  await second.check();
  expect(shown).toHaveLength(1);
  await second.update(gate('live'));
  expect(shown.at(-1)).toBe('freeze:gate Gate is back');
});

test('a new page shows what the killed one still held', async () => {
  await page(new FakeTime()).update(gate('frozen'));
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

test('tells a freeze that came and went while no page ran', async () => {
  await page(new FakeTime()).update(gate('live'));
  time.advance(60_000);
  const outage = {
    camera: 'gate',
    name: 'Gate',
    state: 'frozen',
    fromMs: time.now() - 50_000,
    toMs: time.now() - 10_000,
  };
  const second = page();
  await second.update(gate('live', [{ ...outage, state: 'frozen' }]));
  await second.check();
  expect(shown).toEqual(['freeze:gate Gate was frozen for 40 s']);
});

test('tells a lost relay by itself, also when the page was killed meanwhile', async () => {
  const lost: NoticeInput = { relay: { ...RELAY, open: false }, cameras: undefined, missed: [] };
  await page(new FakeTime()).update(lost);
  time.advance(RELAY_GRACE_MS - 1);
  const second = page();
  await second.update(lost);
  expect(shown).toEqual([]);
  time.advance(1);
  await second.check();
  expect(shown).toEqual(['relay The relay gate-host cannot be reached']);
});

test('an unpaired relay leaves no notification and no timer behind', async () => {
  const notices = page();
  await notices.update(gate('frozen'));
  time.advance(GROUP_WITHIN_MS);
  await notices.check();
  await notices.update({ relay: undefined, cameras: undefined, missed: [] });
  expect(shown.at(-1)).toBe('clear freeze:gate');
  expect(time.pending).toBe(0);
  expect((await statusStore(storage, '').read()).notices).toEqual(NO_NOTICES);
});
