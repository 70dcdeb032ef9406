import { describe, expect, it } from 'vitest';
import { withChecks } from '../../../bench/peer-checks.ts';
import {
  chart,
  longestGap,
  notes,
  PEER_NAMES,
  type PeerRun,
  type PeerSetup,
  type PeerSystem,
  tableRow,
  takesPart,
  toRows,
} from '../../../bench/peer-rows.ts';
import type { FrameTimes } from '../../../rig/frame-times.ts';
import { type Histogram, pool } from '../../../src/viewer/measure/samples.ts';

const SECONDS = 10;
const CAMERAS = ['cam1', 'cam2', 'cam3'];
const SETUP: PeerSetup = {
  tiles: 3,
  fps: 30,
  scenario: 'calm',
  cameras: CAMERAS,
  targetMs: 300,
  lateMs: 300,
};

interface Seen {
  readonly age?: number;
  readonly skews?: Histogram;
  readonly cores?: number;
  readonly serverCores?: number;
  readonly more?: Partial<PeerRun>;
  readonly setup?: PeerSetup;
}

function times(until = SECONDS * 1000): FrameTimes {
  const atMs = Array.from({ length: Math.floor(until / 40) }, (_, index) => index * 40);
  return { atMs, shown: atMs.map(() => 1), mediaMs: atMs };
}

function run(system: PeerSystem, seen: Seen = {}): PeerRun {
  const { age = 300, skews = [[20, 70]], cores = 0.5, serverCores = 0.03, setup = SETUP } = seen;
  const ages: Histogram = [[age, 70]];
  return {
    system,
    measured: {
      report: {
        tiles: setup.cameras.map((camera) => ({
          camera,
          glassToGlassMs: pool([ages]),
          ages,
          unreadable: 0,
          stalls: 0,
          frozenMs: 0,
          frames: { total: 250, dropped: 0 },
          size: '640x360',
        })),
        skews,
        skewMs: pool([skews]),
        busyMs: 100,
      },
      seconds: SECONDS,
      browserCores: cores,
      relayCores: serverCores,
      relayTreeCores: serverCores,
      host: { busy: 0.7, steal: 0, loadAverage: 1 },
    },
    longestGapMs: 40,
    before: undefined,
    tileWidth: 631,
    profile: undefined,
    problems: [],
    ...seen.more,
  };
}

const rowsOf = (runs: readonly PeerRun[], setup = SETUP) => withChecks(toRows(setup, runs));
const checksOf = (runs: readonly PeerRun[], setup = SETUP) => rowsOf(runs, setup)[0]?.checks ?? [];
const missed = (runs: readonly PeerRun[], setup = SETUP): string[] =>
  checksOf(runs, setup).flatMap(({ asked, met }) => (met ? [] : [asked]));

const NINE = Array.from({ length: 9 }, (_, index) => `cam${index + 1}`);
const FULL: PeerSetup = { ...SETUP, tiles: 9, cameras: NINE };

describe('toRows', () => {
  it('has a row of each system that ran, pooled over its rounds, and each run beside it', () => {
    const rows = rowsOf([
      run('go2rtc-mse', { age: 960 }),
      run('lockstep', { age: 310, cores: 0.4, serverCores: 0.06 }),
      run('lockstep', { age: 330, cores: 0.5, serverCores: 0.07, more: { longestGapMs: 70 } }),
    ]);
    expect(rows.map(({ system }) => system)).toEqual(['lockstep', 'go2rtc-mse']);
    const [ours, theirs] = rows;
    expect(ours).toMatchObject({
      rounds: 2,
      glassToGlassMs: { p50: 310, p95: 330, n: 420 },
      browserCores: 0.45,
      serverCores: 0.065,
      longestGapMs: 70,
      targetMs: 300,
      problems: [],
    });
    expect(ours?.raw).toMatchObject([{ browserCores: 0.4 }, { browserCores: 0.5 }]);
    expect(theirs).toMatchObject({ targetMs: null, checks: [] });
  });

  it('says what could not be measured', () => {
    const nothing = { measured: undefined, longestGapMs: undefined, problems: ['not measured: no page'] };
    const [row] = rowsOf([run('go2rtc-mse', { more: nothing })]);
    expect(row).toMatchObject({
      rounds: 0,
      glassToGlassMs: null,
      browserCores: null,
      serverCores: null,
      longestGapMs: null,
      problems: ['round 1: not measured: no page'],
    });
  });

  it('takes a tile that shows nothing for a gap of the whole time', () => {
    const endedMs = SECONDS * 1000;
    const frames = { beganMs: 0, endedMs, cameras: { cam1: times(), cam2: times() } };
    expect(longestGap(frames, ['cam1', 'cam2'], 0, endedMs)).toBe(40);
    expect(longestGap(frames, CAMERAS, 0, endedMs)).toBe(10_000);
  });

  it('has the medians of the rounds beside what is pooled', () => {
    const [row] = rowsOf([
      run('lockstep', { age: 310, cores: 0.4, serverCores: 0.06 }),
      run('lockstep', { age: 900, cores: 0.9, serverCores: 0.3, skews: [[400, 70]] }),
      run('lockstep', { age: 330, cores: 0.5, serverCores: 0.07 }),
    ]);
    expect(row?.glassToGlassMs).toMatchObject({ p95: 900 });
    expect(row?.medians).toEqual({
      latencyP50Ms: 330,
      latencyP95Ms: 330,
      skewP50Ms: 20,
      skewP95Ms: 20,
      skewAfterP95Ms: null,
      browserCores: 0.5,
      serverCores: 0.07,
    });
  });

  it('tells the skew after a restart from that before', () => {
    const [row] = rowsOf(
      [
        run('lockstep', {
          skews: [
            [20, 40],
            [2_000, 10],
          ],
          more: {
            before: {
              skews: [
                [20, 12],
                [2_000, 10],
              ],
              unreadable: 0,
            },
          },
        }),
      ],
      { ...SETUP, scenario: 'restart' },
    );
    expect(row?.skewMs?.p95).toBe(2_000);
    expect(row?.skewAfterMs).toEqual({ p50: 20, p95: 20, max: 20, n: 28 });
    expect(row?.medians).toMatchObject({ skewP95Ms: 2_000, skewAfterP95Ms: 20 });
    expect(row?.unreadableAfter).toBe(0);
  });
});

describe('withChecks', () => {
  it('rounds nothing in its own favour', () => {
    const mse = run('go2rtc-mse', { age: 977 });
    expect(missed([run('lockstep', { age: 345 }), mse])).toEqual(['× latency p95 of go2rtc-mse ≤ 0.35']);
  });

  it('measures Lockstep against the peers of the same run', () => {
    const peers = [run('go2rtc-mse', { age: 960, cores: 0.5 }), run('mediamtx-webrtc', { age: 60 })];
    expect(missed([run('lockstep', { cores: 0.55 }), ...peers])).toEqual([]);
    expect(missed([run('lockstep', { age: 400, cores: 0.6, skews: [[31, 70]] }), ...peers])).toEqual([
      '× browser cores of go2rtc-mse ≤ 1.1',
      '× latency p95 of go2rtc-mse ≤ 0.35',
      'skew p95 in ms (best peer go2rtc-mse + 10) ≤ 30',
    ]);
  });

  it('asks more of nine tiles, and other things where the host is full', () => {
    const ours = run('lockstep', { setup: FULL, age: 600, cores: 1.05, serverCores: 0.2 });
    const mse = run('go2rtc-mse', { setup: FULL, age: 1_000, cores: 1 });
    expect(missed([ours, mse], FULL)).toEqual([
      '× browser cores of go2rtc-mse ≤ 1',
      '× latency p95 of go2rtc-mse ≤ 0.5',
      'relay tree cores a camera ≤ 0.02',
      'latency p95 in ms ≤ 550',
    ]);
    expect(missed([ours, mse], { ...FULL, fps: 15 })).toContain('× latency p95 of go2rtc-mse ≤ 0.35');
  });

  it('holds Lockstep to three tenths of every skew beside trouble', () => {
    const slow: PeerSetup = { ...SETUP, scenario: 'slow' };
    const peers = [
      run('go2rtc-webrtc', { skews: [[300, 70]] }),
      run('mediamtx-naive', { skews: [[500, 70]] }),
    ];
    expect(missed([run('lockstep', { skews: [[90, 70]] }), ...peers], slow)).toEqual([]);
    expect(missed([run('lockstep', { skews: [[140, 70]] }), ...peers], slow)).toEqual([
      '× skew p95 of go2rtc-webrtc ≤ 0.3',
    ]);
  });

  it('holds a wall that was told of the late camera to the same, where one is late', () => {
    const slow: PeerSetup = { ...SETUP, scenario: 'slow' };
    const rows = rowsOf(
      [
        run('lockstep', { skews: [[330, 70]] }),
        run('lockstep-offset'),
        run('go2rtc-mse', { skews: [[300, 70]] }),
      ],
      slow,
    );
    expect(rows.map(({ checks }) => checks.map(({ met }) => met))).toEqual([[false], [true], []]);
    expect(rows[1]?.targetMs).toBe(600);
    expect(takesPart('lockstep-offset', 'slow')).toBe(true);
    expect(takesPart('lockstep-offset', 'calm')).toBe(false);
  });

  it('takes no skew for one where a tile shows nothing after a restart', () => {
    const restart: PeerSetup = { ...SETUP, scenario: 'restart' };
    const before = { skews: [[20, 40]] as Histogram, unreadable: 0 };
    const skews: Histogram = [[20, 70]];
    const back = run('lockstep', { skews, more: { before } });
    const mse = run('go2rtc-mse', { skews: [...skews, [100, 30]], more: { before } });
    expect(checksOf([back, mse], restart)).toMatchObject([{ measured: 0.2, met: true }]);
    const blind = { ...before, unreadable: -5 };
    const gone = run('go2rtc-mse', { skews, more: { before: blind } });
    expect(checksOf([back, gone], restart)).toEqual([]);
    const ours = run('lockstep', { skews, more: { before: blind } });
    expect(checksOf([ours, mse], restart)).toMatchObject([{ measured: null, met: false }]);
  });

  it('counts what was not measured as not met, and asks nothing against a peer that was not there', () => {
    const nothing = run('lockstep', { more: { measured: undefined, longestGapMs: undefined } });
    expect(checksOf([nothing, run('go2rtc-mse')])).toContainEqual({
      asked: '× browser cores of go2rtc-mse ≤ 1.1',
      measured: null,
      met: false,
    });
    expect(checksOf([run('lockstep')])).toEqual([]);
  });
});

describe('what people read', () => {
  const rows = rowsOf([
    run('lockstep', { cores: 0.9, more: { problems: ['only 2 of 3 tiles move after 30 s'] } }),
    run('go2rtc-mse', { age: 960 }),
  ]);

  it('has one line a system', () => {
    expect(rows.map(tableRow)).toMatchObject([
      { wall: '3@30', system: 'lockstep', p95: 300, 'browser cores': 0.9, runs: 1 },
      { wall: '3@30', system: 'go2rtc-mse', p95: 960, 'browser cores': 0.5, runs: 1 },
    ]);
  });

  it('names settings, what is not met, and problems', () => {
    const text = notes(rows).join('\n');
    expect(text).toMatch(/^go2rtc-mse: defaults/m);
    expect(text).toMatch(
      /NOT MET: 3@30 calm, lockstep, × browser cores of go2rtc-mse ≤ 1.1 \(measured 1.8\)/,
    );
    expect(text).toMatch(/met: 3@30 calm, lockstep, × latency p95/);
    expect(text).toMatch(/lockstep, round 1: only 2 of 3 tiles move/);
  });

  it('draws a bar of each', () => {
    expect(chart(rows)).toMatch(/go2rtc-mse 3@30/);
    expect(PEER_NAMES).toContain('go2rtc-mse');
  });
});
