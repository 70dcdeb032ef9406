import { describe, expect, it } from 'vitest';
import { parseTrace, traceLink } from '../../../rig/trace.ts';

describe('a trace of a link', () => {
  it('is read as steps that begin again after the last one', () => {
    expect(parseTrace('# A bus.\n0 800\n2000 1500 # a tunnel ends\n\n4000 90\n', 'bus.txt')).toEqual({
      steps: [
        { fromMs: 0, rateKbps: 800 },
        { fromMs: 2_000, rateKbps: 1_500 },
        { fromMs: 4_000, rateKbps: 90 },
      ],
      stepsEveryMs: 6_000,
    });
  });

  it.each([
    ['0 800\n2000', 2],
    ['0 800\n2000 fast', 2],
    ['0 800\n2000 0', 2],
    ['0 800\n\n0 900', 3],
    ['500 800\n2000 900', 1],
    ['0 800 3', 1],
  ])('refuses %j by its line', (text, line) => {
    expect(() => parseTrace(text, 'bus.txt')).toThrow(`bus.txt, line ${line}: `);
  });

  it('refuses one that has no change', () => {
    expect(() => parseTrace('0 800\n', 'bus.txt')).toThrow('bus.txt has fewer than two steps.');
  });

  it.each(['lte', 'bus'])('is there for a minute: %s', (name) => {
    const { steps, stepsEveryMs } = traceLink(name);
    expect(stepsEveryMs).toBe(60_000);
    expect(steps.some(({ rateKbps }) => rateKbps < 1_800)).toBe(true);
    expect(steps.some(({ rateKbps }) => rateKbps > 4_000)).toBe(true);
  });
});
