import { describe, expect, it } from 'vitest';
import { type DetailRow, rowsThatFit } from '../../../../../src/viewer/ui/details-fit.ts';

const ROWS: DetailRow[] = [
  ['Latency', '304 ms'],
  ['To the wall', '+4 ms'],
  ['Buffer', '230 ms'],
  ['Encoder', 'libx264 superfast, profile low-latency; not passed on: it uses B-frames'],
  ['Restarts', '1'],
];
const labels = (widthPx: number, heightPx: number): string[] =>
  rowsThatFit(ROWS, { widthPx, heightPx }).map(([label]) => label);

describe('rowsThatFit', () => {
  it('shows all of them on a large tile', () => {
    expect(labels(1280, 720)).toEqual(ROWS.map(([label]) => label));
  });

  it('shows the first ones on a small tile, and none where there is no room for a line', () => {
    expect(labels(240, 135)).toEqual(['Latency', 'To the wall', 'Buffer', 'Restarts']);
    expect(labels(240, 100)).toEqual(['Latency', 'To the wall']);
    expect(labels(134, 75)).toEqual(['Latency']);
    expect(labels(120, 66)).toEqual([]);
  });

  it('leaves out a row whose words are wider than its column, and one that would take too many lines', () => {
    expect(labels(180, 400)).not.toContain('Encoder');
    expect(labels(360, 130)).toEqual(['Latency', 'To the wall', 'Buffer', 'Restarts']);
    expect(labels(360, 200)).toContain('Encoder');
  });
});
