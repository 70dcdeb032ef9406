import { describe, expect, it } from 'vitest';
import { barChart, lineChart, round, table } from '../../../rig/output.ts';

describe('table', () => {
  it('pads every column to its widest cell, text to the left and numbers to the right', () => {
    const text = table([
      { system: 'lockstep', 'latency ms': 301.5 },
      { system: 'naive', 'latency ms': 2190 },
    ]);
    expect(text.split('\n')).toEqual([
      'system    latency ms',
      '────────  ──────────',
      'lockstep       301.5',
      'naive           2190',
    ]);
  });

  it('shows a dash where a row has no value', () => {
    expect(table([{ a: 1 }, { b: 2 }])).toContain('–');
  });
});

describe('charts', () => {
  it('draw the longest bar for the largest value and escape labels', () => {
    const svg = barChart('A < B', [
      {
        title: 'latency',
        unit: 'ms',
        bars: [
          { label: 'lockstep', value: 100 },
          { label: 'naive', value: 400 },
        ],
      },
    ]);
    expect(svg).toContain('A &#60; B');
    const widths = [...svg.matchAll(/<rect[^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect((widths[0] ?? 0) * 4).toBeCloseTo(widths[1] ?? 0, 0);
  });

  it('draw one line a series with its last value', () => {
    const svg = lineChart('memory', 'minutes', 'MiB', [
      {
        name: 'page heap',
        points: [
          { x: 0, y: 10 },
          { x: 1, y: 12 },
        ],
      },
    ]);
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg).toContain('page heap 12');
  });
});

describe('round', () => {
  it('keeps the digits that are asked for', () => {
    expect(round(12.345)).toBe(12.3);
    expect(round(0.03456, 3)).toBe(0.035);
  });
});
