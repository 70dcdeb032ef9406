import { expect, test } from 'vitest';
import {
  GROUP_WITHIN_MS,
  type NoticeInput,
  stepNotices,
} from '../../../../src/background/freeze-notifier.ts';
import type { Outage } from '../../../../src/background/missed-outages.ts';
import {
  desktopId,
  GROUP_ID,
  notificationId,
  RELAY_ID,
  shownBy,
} from '../../../../src/background/notice-texts.ts';
import { LASTING_MS, RELAY_GRACE_MS } from '../../../../src/background/relay-notice.ts';
import { type CameraStatus, NO_NOTICES, type Notices } from '../../../../src/extension/status.ts';
import type { CameraStateName } from '../../../../src/wire/protocol.ts';

const NOW = 1_000_000;
const MINUTE_MS = 60_000;
const RELAY = { address: 'a:1', name: 'gate-host', open: true, reason: '', refused: false };

type States = Record<string, CameraStateName>;

function cameras(states: States, sinceMs: (id: string) => number = () => NOW): CameraStatus[] {
  return Object.entries(states).map(([id, state]) => ({
    id,
    name: id.toUpperCase(),
    state,
    sinceMs: sinceMs(id),
    reason: state === 'frozen' ? 'no picture for 3 s' : '',
  }));
}

/** Runs one step per entry: the states of the cameras, and how long after the one before. */
class Story {
  notices: Notices = NO_NOTICES;
  nowMs = NOW;
  muted: string[] = [];
  off = false;
  quiet = false;
  wakeAtMs: number | undefined;
  readonly #since = new Map<string, { state: CameraStateName; atMs: number }>();

  after(passedMs: number, states: States, missed: Outage[] = []): string[] {
    for (const [id, state] of Object.entries(states)) {
      if (this.#since.get(id)?.state !== state) this.#since.set(id, { state, atMs: this.nowMs + passedMs });
    }
    const known = cameras(states, (id) => this.#since.get(id)?.atMs ?? NOW);
    return this.step(passedMs, { relay: RELAY, cameras: known, missed });
  }

  /** The connection to the relay is lost. */
  lost(passedMs: number, patch: Partial<typeof RELAY> = {}): string[] {
    const relay = { ...RELAY, open: false, reason: 'Cannot reach it.', ...patch };
    return this.step(passedMs, { relay, cameras: undefined, missed: [] });
  }

  step(passedMs: number, input: NoticeInput): string[] {
    this.nowMs += passedMs;
    const policy = {
      muted: (camera: string | undefined) =>
        this.off || (camera !== undefined && this.muted.includes(camera)),
      quiet: () => this.quiet,
    };
    const step = stepNotices(this.notices, input, policy, this.nowMs);
    // As storage keeps it.
    this.notices = JSON.parse(JSON.stringify(step.notices));
    this.wakeAtMs = step.wakeAtMs;
    if (step.wakeAtMs !== undefined) expect(step.wakeAtMs).toBeGreaterThan(this.nowMs);
    return [
      ...step.show.map(({ id, title, message }) => `${id} | ${title} | ${message}`),
      ...step.clear.map((id) => `clear ${id}`),
    ];
  }

  /** An outage of camera a that lasts `lastsMs`; what was said of it. */
  outage(afterMs: number, lastsMs = 2000): string[] {
    return [
      ...this.after(afterMs, { a: 'frozen' }),
      ...this.after(GROUP_WITHIN_MS, { a: 'frozen' }),
      ...this.after(lastsMs - GROUP_WITHIN_MS, { a: 'live' }),
    ];
  }
}

test('says nothing while cameras start and live', () => {
  const story = new Story();
  expect(story.after(0, { a: 'starting' })).toEqual([]);
  expect(story.after(5000, { a: 'live' })).toEqual([]);
  expect(story.after(5000, { a: 'degraded' })).toEqual([]);
  expect(story.notices.cameras).toEqual({});
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
  expect(story.notices.cameras).toEqual({});
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
  expect(story.notices.cameras).toEqual({});
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
  story.quiet = true;
  story.after(0, { a: 'frozen' });
  story.quiet = false;
  expect(story.after(3_600_000, { a: 'frozen' })).toEqual([]);
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen' })).toHaveLength(1);
});

test('a recovery in quiet hours is not told: the notification that is no longer true goes', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  story.quiet = true;
  expect(story.after(5000, { a: 'live' })).toEqual(['clear freeze:a']);
  story.quiet = false;
  expect(story.after(3_600_000, { a: 'live' })).toEqual([]);
});

test('muting a camera takes its notification away, and unmuting it while it is down tells it', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  story.muted = ['a'];
  expect(story.after(1000, { a: 'frozen' })).toEqual(['clear freeze:a']);
  expect(story.after(1000, { a: 'frozen' })).toEqual([]);
  story.muted = [];
  story.after(1000, { a: 'frozen' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen' })).toHaveLength(1);
});

test('muting a camera of a group leaves the others in it; muting all takes it away', () => {
  const story = new Story();
  story.after(0, { a: 'offline', b: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'offline', b: 'frozen' });
  story.muted = ['a'];
  expect(story.after(1000, { a: 'offline', b: 'frozen' })).toEqual([
    `${GROUP_ID} | 1 camera shows no picture | Still without a picture: B.`,
  ]);
  story.muted = ['a', 'b'];
  expect(story.after(1000, { a: 'offline', b: 'frozen' })).toEqual([`clear ${GROUP_ID}`]);
});

test('the notification of a camera that left the configuration is cleared', () => {
  const story = new Story();
  story.after(0, { a: 'frozen', b: 'live' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'live' });
  expect(story.after(1000, { b: 'live' })).toEqual(['clear freeze:a']);
});

test('unpairing takes every notification away, also those of what is over', () => {
  const story = new Story();
  story.after(0, { a: 'frozen', b: 'live' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'live' });
  story.after(1000, { a: 'live', b: 'live' });
  story.after(1000, { a: 'live', b: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'live', b: 'frozen' });
  const said = story.step(1000, { relay: undefined, cameras: undefined, missed: [] });
  expect(said.sort()).toEqual(['clear freeze:a', 'clear freeze:b']);
  expect(story.notices).toEqual(NO_NOTICES);
});

test('another relay has nothing to do with what was told of the one before', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  const relay = { ...RELAY, address: 'b:1' };
  expect(story.step(1000, { relay, cameras: cameras({ a: 'live' }), missed: [] })).toEqual([
    'clear freeze:a',
  ]);
});

test('an id names its camera; the group and the relay name none; others are not ours', () => {
  const shown = (relay: string, id: string) => shownBy(desktopId(relay, id));
  expect(shown('', notificationId('gate'))).toBe('gate');
  expect(shown('2', notificationId('gate'))).toBe('2:gate');
  expect(shown('', GROUP_ID)).toBeUndefined();
  expect(shown('2', GROUP_ID)).toBeUndefined();
  expect(shown('2', RELAY_ID)).toBeUndefined();
  expect(shownBy('something else')).toBeNull();
});

test('a lost relay is told once, after a grace time, and its return replaces that', () => {
  const story = new Story();
  story.after(0, { a: 'live', b: 'live' });
  expect(story.lost(0)).toEqual([]);
  expect(story.wakeAtMs).toBe(story.nowMs + RELAY_GRACE_MS);
  expect(story.lost(RELAY_GRACE_MS)).toEqual([
    'relay | The relay gate-host cannot be reached | Cannot reach it. You get no notice of its cameras until it is back.',
  ]);
  expect(story.lost(3_600_000)).toEqual([]);
  expect(story.after(0, { a: 'live', b: 'live' })).toEqual([
    'relay | The relay gate-host is back | It was away for 1 h.',
  ]);
});

test('a relay that restarts is not mentioned', () => {
  const story = new Story();
  story.after(0, { a: 'live' });
  story.lost(0);
  story.lost(4000);
  expect(story.after(1000, { a: 'live' })).toEqual([]);
  expect(story.notices.lost).toBeUndefined();
});

test('a lost relay says when it is this browser that it does not take', () => {
  const story = new Story();
  story.lost(0);
  expect(story.lost(RELAY_GRACE_MS, { refused: true, reason: 'Pair again.' })[0]).toContain(
    'The relay gate-host refused this browser | Pair again.',
  );
});

test('a lost relay is not told in quiet hours or with notifications off, and its notification goes with them', () => {
  const story = new Story();
  story.quiet = true;
  story.lost(0);
  expect(story.lost(RELAY_GRACE_MS)).toEqual([]);
  story.quiet = false;
  expect(story.lost(3_600_000)).toHaveLength(1);
  story.off = true;
  expect(story.lost(1000)).toEqual(['clear relay']);
  expect(story.after(1000, { a: 'live' })).toEqual([]);
});

const OUTAGE: Outage = { camera: 'a', name: 'A', state: 'frozen', fromMs: NOW + 1000, toMs: NOW + 41_000 };

test('a freeze that came and went while nobody could be told is told afterwards', () => {
  const story = new Story();
  expect(story.after(60_000, { a: 'live' }, [OUTAGE])).toEqual([
    'freeze:a | A was frozen for 40 s | It is back. It happened while this browser had no connection to the relay.',
  ]);
  expect(story.after(1000, { a: 'live' })).toEqual([]);
});

test('several outages of one camera are one sentence, those of several cameras one notification', () => {
  const again = { ...OUTAGE, fromMs: NOW + 50_000, toMs: NOW + 55_000 };
  expect(new Story().after(60_000, { a: 'live' }, [OUTAGE, again])).toEqual([
    expect.stringMatching(/^freeze:a \| A was down 2 times, 45 s in all/),
  ]);
  expect(
    new Story().after(60_000, { a: 'live', b: 'live' }, [OUTAGE, { ...again, camera: 'b', name: 'B' }]),
  ).toEqual([
    expect.stringMatching(/^freezes \| 2 cameras had no picture for a while \| A \(40 s\) and B \(5 s\)/),
  ]);
});

test('what was missed is not told of a camera that is down now, muted, or had it in quiet hours', () => {
  const story = new Story();
  expect(story.after(60_000, { a: 'frozen' }, [OUTAGE])).toEqual([]);
  const muted = new Story();
  muted.muted = ['a'];
  expect(muted.after(60_000, { a: 'live' }, [OUTAGE])).toEqual([]);
  const quiet = new Story();
  quiet.quiet = true;
  expect(quiet.after(60_000, { a: 'live' }, [OUTAGE])).toEqual([]);
});

test('an outage too short to be told at once is not told afterwards', () => {
  const short = { ...OUTAGE, toMs: NOW + 1000 + GROUP_WITHIN_MS - 1 };
  expect(new Story().after(60_000, { a: 'live' }, [short])).toEqual([]);
});

test('a told freeze that ended while nobody listened is told by the time that it really took', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen' });
  const end = { ...OUTAGE, fromMs: undefined, toMs: NOW + 30_000 };
  expect(story.after(3_600_000, { a: 'live' }, [end])).toEqual([
    'freeze:a | A is back | It was frozen for 30 s.',
  ]);
});

test('a freeze that was seen but not yet told when the page was killed is told by its end', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  const end = { ...OUTAGE, fromMs: undefined, toMs: NOW + 30_000 };
  expect(story.after(3_600_000, { a: 'live' }, [end])[0]).toContain('A was frozen for 30 s');
});

test('without news of the cameras nothing is said of them, and nothing spins', () => {
  const story = new Story();
  story.after(0, { a: 'frozen' });
  expect(story.lost(5000)).toEqual([]);
  expect(story.lost(5000)).toEqual([]);
});

test('a camera that flaps is told three times, then summed up with a wait that grows', () => {
  const story = new Story();
  for (let n = 0; n < 3; n += 1) expect(story.outage(10_000)).toHaveLength(2);
  const said: string[] = [];
  // Half an hour of one outage every 12 s.
  for (let n = 0; n < 150; n += 1) said.push(...story.outage(10_000));
  expect(said).toEqual([
    expect.stringMatching(
      /^freeze:a \| A keeps failing \| \d+ interruptions in the last 5 min\..* again in 10 min/,
    ),
    expect.stringMatching(
      /^freeze:a \| A keeps failing \| \d+ interruptions in the last \d+ min\..* again in 20 min/,
    ),
  ]);
});

test('a camera that has been calm is told again as at first', () => {
  const story = new Story();
  for (let n = 0; n < 10; n += 1) story.outage(10_000);
  for (let n = 0; n < 20; n += 1) story.after(MINUTE_MS, { a: 'live' });
  expect(story.notices.flaps).toBeUndefined();
  expect(story.outage(10_000)).toHaveLength(2);
});

test('a flapping camera that stays down is told after all, and so is its return', () => {
  const story = new Story();
  for (let n = 0; n < 4; n += 1) story.outage(10_000);
  story.after(10_000, { a: 'frozen' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen' })).toEqual([]);
  expect(story.after(LASTING_MS - GROUP_WITHIN_MS - 1, { a: 'frozen' })).toEqual([]);
  expect(story.after(1, { a: 'frozen' })).toHaveLength(1);
  expect(story.after(1000, { a: 'live' })).toEqual([expect.stringContaining('A is back')]);
});

test('a flapping camera does not hold up the news of another', () => {
  const story = new Story();
  for (let n = 0; n < 4; n += 1) story.outage(10_000);
  story.after(10_000, { a: 'frozen', b: 'live' });
  story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'live' });
  story.after(0, { a: 'frozen', b: 'frozen' });
  expect(story.after(GROUP_WITHIN_MS, { a: 'frozen', b: 'frozen' })).toEqual([
    'freeze:b | B: picture frozen | no picture for 3 s',
  ]);
});

test('a relay that flaps is limited too', () => {
  const story = new Story();
  const said: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    story.lost(0);
    said.push(...story.lost(RELAY_GRACE_MS), ...story.after(5000, { a: 'live' }));
  }
  expect(said).toHaveLength(6);
});
