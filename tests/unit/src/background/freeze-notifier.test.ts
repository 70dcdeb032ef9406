import { expect, test } from 'vitest';
import {
  cameraOf,
  GROUP_ID,
  GROUP_WITHIN_MS,
  notificationId,
  stepNotices,
} from '../../../../src/background/freeze-notifier.ts';
import { type CameraStatus, NO_NOTICES, type Notices } from '../../../../src/extension/status.ts';
import type { CameraStateName } from '../../../../src/wire/protocol.ts';

const NOW = 1_000_000;

function cameras(states: Record<string, CameraStateName>): CameraStatus[] {
  return Object.entries(states).map(([id, state]) => ({
    id,
    name: id.toUpperCase(),
    state,
    sinceMs: NOW,
    reason: state === 'frozen' ? 'no picture for 3 s' : '',
  }));
}

/** Runs one step per entry: the states of the cameras, and how long after the one before. */
class Story {
  notices: Notices = NO_NOTICES;
  nowMs = NOW;
  muted: string[] = [];

  after(passedMs: number, states: Record<string, CameraStateName>): string[] {
    this.nowMs += passedMs;
    const allows = (camera: string) => !this.muted.includes(camera);
    const step = stepNotices(this.notices, cameras(states), { allows }, this.nowMs);
    this.notices = step.notices;
    return [
      ...step.show.map(({ id, title, message }) => `${id} | ${title} | ${message}`),
      ...step.clear.map((id) => `clear ${id}`),
    ];
  }
}

test('says nothing while cameras start and live', () => {
  const story = new Story();
  expect(story.after(0, { a: 'starting' })).toEqual([]);
  expect(story.after(5000, { a: 'live' })).toEqual([]);
  expect(story.after(5000, { a: 'degraded' })).toEqual([]);
  expect(story.notices).toEqual(NO_NOTICES);
});

test('one camera freezes: one notification, once', () => {
  const story = new Story();
  expect(story.after(0, { a: 'frozen', b: 'live' })).toEqual([]);
  expect(story.notices.dueMs).toBe(NOW + GROUP_WITHIN_MS);
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'live' })).toEqual([
    'freeze:a | A: picture frozen | no picture for 3 s',
  ]);
  expect(story.after(60_000, { a: 'frozen', b: 'live' })).toEqual([]);
  expect(story.after(60_000, { a: 'offline', b: 'live' })).toEqual([]);
});

test('the recovery replaces the freeze, by the same id', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  expect(story.after(11_200, { a: 'live' })).toEqual(['freeze:a | A is back | It was frozen for 12 s.']);
  expect(story.after(1000, { a: 'live' })).toEqual([]);
});

test('a restart in between is neither recovery nor news', () => {
  const story = new Story();
  story.after(0, { a: 'offline' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'offline' })).toHaveLength(1);
  expect(story.after(1000, { a: 'starting' })).toEqual([]);
  expect(story.after(1000, { a: 'offline' })).toEqual([]);
  expect(story.after(GROUP_WITHIN_MS, { a: 'offline' })).toEqual([]);
  expect(story.after(1000, { a: 'starting' })).toEqual([]);
  expect(story.after(1000, { a: 'live' })).toHaveLength(1);
});

test('a camera that is back before its notification was due is not mentioned', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  expect(story.after(300, { a: 'live' })).toEqual([]);
  expect(story.after(GROUP_WITHIN_MS, { a: 'live' })).toEqual([]);
  expect(story.notices).toEqual(NO_NOTICES);
});

test('cameras that go down together share one notification, which follows their recovery', () => {
  const story = new Story();
  story.after(0, { a: 'offline', b: 'live', c: 'live' });
  story.after(200, { a: 'offline', b: 'frozen', c: 'live' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'offline', b: 'frozen', c: 'live' })).toEqual([
    `${GROUP_ID} | 2 cameras show no picture | A and B. Lockstep is trying to bring them back.`,
  ]);
  expect(story.after(5000, { a: 'live', b: 'frozen', c: 'live' })).toEqual([
    `${GROUP_ID} | 1 camera shows no picture | A is back; still without a picture: B.`,
  ]);
  expect(story.after(5000, { a: 'live', b: 'live', c: 'live' })).toEqual([
    `${GROUP_ID} | All cameras are back | B is live again.`,
  ]);
  expect(story.notices).toEqual(NO_NOTICES);
});

test('a later freeze gets its own notification beside the group', () => {
  const story = new Story();
  story.after(0, { a: 'offline', b: 'offline', c: 'live' });
  story.after(GROUP_WITHIN_MS, { a: 'offline', b: 'offline', c: 'live' });
  story.after(60_000, { a: 'offline', b: 'offline', c: 'frozen' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'offline', b: 'offline', c: 'frozen' })).toEqual([
    'freeze:c | C: picture frozen | no picture for 3 s',
  ]);
});

test('a page killed before a held notification was due shows it at its next start', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.notices = JSON.parse(JSON.stringify(story.notices));
  expect(story.after(30_000, { a: 'frozen' })).toHaveLength(1);
});

test('a page killed after it showed a notification does not repeat it, and tells the recovery', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  story.notices = JSON.parse(JSON.stringify(story.notices));
  expect(story.after(30_000, { a: 'frozen' })).toEqual([]);
  expect(story.after(1000, { a: 'live' })).toHaveLength(1);
});

test('a muted camera is silent in both directions', () => {
  const story = new Story();
  story.muted = ['a'];
  story.after(0, { a: 'frozen', b: 'live' });
  expect(story.after(60_000, { a: 'frozen', b: 'live' })).toEqual([]);
  expect(story.after(60_000, { a: 'live', b: 'live' })).toEqual([]);
});

test('a freeze that outlasts the quiet hours is told when they end', () => {
  const story = new Story();
  story.muted = ['a'];
  story.after(0, { a: 'frozen' });
  story.muted = [];
  expect(story.after(3_600_000, { a: 'frozen' })).toEqual([]);
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen' })).toHaveLength(1);
});

test('the notification of a camera that left the configuration is cleared', () => {
  const story = new Story();
  story.after(0, { a: 'frozen', b: 'live' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'live' });
  expect(story.after(1000, { b: 'live' })).toEqual(['clear freeze:a']);
});

test('an id names its camera; the group names none; others are not ours', () => {
  expect(cameraOf(notificationId('gate'))).toBe('gate');
  expect(cameraOf(GROUP_ID)).toBeUndefined();
  expect(cameraOf('something else')).toBeNull();
});
