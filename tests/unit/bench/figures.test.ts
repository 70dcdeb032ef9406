import { describe, expect, it } from 'vitest';
import { CAMERA_CASES } from '../../../bench/camera-cases.ts';
import { toRow as toCameraRow } from '../../../bench/camera-rows.ts';
import { type Results, withFigures } from '../../../bench/figures.ts';
import { toRows } from '../../../bench/peer-rows.ts';
import { toRow } from '../../../bench/wall-rows.ts';
import type { Provenance } from '../../../rig/provenance.ts';

const PROVENANCE: Provenance = {
  commit: 'abc1234567',
  date: '2026-11-26T20:00:00Z',
  versions: {
    node: '20.1.0',
    chromium: '156.0',
    firefox: '153.8',
    ffmpeg: '5.1',
    mediamtx: '1.20.1',
    go2rtc: '1.9.14',
    hlsJs: '1.7.4',
  },
  machine: { cores: 2, cpu: 'Some CPU', memoryGib: 8, kernel: '6.1' },
  load: {
    before: { busy: 0.1, steal: 0, loadAverage: 0.5 },
    during: { busy: 0.9, steal: 0.02, loadAverage: 2 },
  },
};

const SETUP = { cameras: ['cam1', 'cam2', 'cam3'], source: 'test' as const, targetMs: 300 };
const FAILED = {
  system: 'lockstep' as const,
  measured: undefined,
  problems: ['not measured: the page crashed'],
};
const RESULTS: Results = { wall: { ...PROVENANCE, rows: [toRow('lockstep', SETUP, [FAILED])] } };

const page = (name: string): string => `before\n<!-- figures: ${name} -->\nold\n<!-- /figures -->\nafter\n`;

describe('withFigures', () => {
  it('puts a table between the markers and leaves the rest, again and again', () => {
    const once = withFigures(page('wall'), RESULTS);
    expect(once).toMatch(/^before\n<!-- figures: wall -->\n\n\| system \|/);
    expect(once).not.toContain('old');
    expect(once).toContain('after');
    expect(withFigures(once, RESULTS)).toBe(once);
  });

  it('takes nothing but what stands between its own markers', () => {
    const two = withFigures(`<!-- figures: wall -->\n<!-- /figures -->\nkept\n${page('rungs')}`, RESULTS);
    expect(two).toContain('kept');
    expect(two.match(/<!-- figures/g)).toHaveLength(2);
  });

  it('shows a system that could not be measured, and why', () => {
    const text = withFigures(page('wall'), RESULTS);
    expect(text).toContain('| lockstep | 3 | – |');
    expect(text).toContain('lockstep, 3 tiles, round 1: not measured: the page crashed.');
  });

  it('shows the peers of another commit than the rest, which they name', () => {
    const setup = {
      tiles: 3,
      fps: 30,
      scenario: 'calm' as const,
      cameras: SETUP.cameras,
      targetMs: 300,
      lateMs: 300,
    };
    const failed = {
      system: 'go2rtc-mse' as const,
      measured: undefined,
      longestGapMs: undefined,
      before: undefined,
      tileWidth: undefined,
      profile: undefined,
      problems: ['not measured: the page crashed'],
    };
    const peers = { ...PROVENANCE, commit: 'fed7654321', rows: toRows(setup, [failed]) };
    const text = withFigures(page('peers'), { ...RESULTS, peers });
    expect(text).toContain('Commit `fed7654321`, 2 cores; go2rtc 1.9.14');
    expect(text).toContain('3@30 calm, go2rtc-mse, round 1: not measured: the page crashed');
    expect(withFigures(page('provenance'), { ...RESULTS, peers })).toContain('Commit `abc1234567`');
    expect(withFigures(page('peers'), RESULTS)).toContain('npm run bench -- peers');
  });

  it('shows a camera case that could not be measured, and why', () => {
    const [spec] = CAMERA_CASES;
    if (spec === undefined) throw new Error('no case');
    const row = toCameraRow(spec, [], {
      system: 'lockstep',
      measured: undefined,
      frames: undefined,
      beganMs: 0,
      endedMs: 0,
      targetsMs: [],
      words: [],
      camerasCores: undefined,
      restarts: [],
      began: [],
      enlarged: undefined,
      opening: undefined,
      starts: undefined,
      problems: ['not measured: the page crashed'],
    });
    const text = withFigures(page('cameras'), { cameras: { ...PROVENANCE, rows: [row] } });
    expect(text).toContain(`| ${spec.name} | lockstep | not measured | – |`);
    expect(text).toContain(`${spec.name}, lockstep: not measured: the page crashed.`);
  });

  it('says where figures come from, and how busy the host was', () => {
    const text = withFigures(page('provenance'), RESULTS);
    expect(text).toContain('`abc1234567`, 2026-11-26, 2 cores (Some CPU)');
    expect(text).toContain('10 % busy (load average 0.5)');
    expect(text).toContain('other virtual machines took 2 %');
  });

  it('says so where nothing was measured', () => {
    expect(withFigures(page('opening'), {})).toContain('npm run bench -- publish');
    expect(withFigures(page('promise'), RESULTS)).toContain('npm run bench -- publish');
  });

  it('refuses figures of two commits beside each other, and names that do not exist', () => {
    const mixed: Results = { ...RESULTS, opening: { ...PROVENANCE, commit: 'def', rows: [] } };
    expect(() => withFigures(page('wall'), mixed)).toThrow('abc1234567 and def');
    expect(() => withFigures(page('walls'), RESULTS)).toThrow('walls');
  });
});
