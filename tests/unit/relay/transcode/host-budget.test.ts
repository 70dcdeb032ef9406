import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepJudge, shareCores, USABLE_SHARE } from '../../../../relay/transcode/host-budget.ts';

describe('shareCores', () => {
  it('gives all what they want while there is enough', () => {
    expect([
      ...shareCores(
        new Map([
          ['a', 0.5],
          ['b', 1],
        ]),
        4,
      ),
    ]).toEqual([
      ['a', 0.5],
      ['b', 1],
    ]);
  });

  it('cuts the largest first: small cameras beside a 4K one get all they want', () => {
    const shares = shareCores(
      new Map([
        ['4k', 3],
        ['left', 0.4],
        ['right', 0.4],
      ]),
      2,
    );
    expect(shares.get('left')).toBe(0.4);
    expect(shares.get('right')).toBe(0.4);
    expect(shares.get('4k')).toBeCloseTo(0.8);
  });

  it('never gives more than there is, nor more than is wanted, and wastes nothing', () => {
    const demand = fc.double({ min: 0.01, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1 }), fc.integer({ min: 1, max: 64 }), (wants, cores) => {
        const shares = shareCores(new Map(wants.map((want, n) => [String(n), want])), cores);
        const given = [...shares.values()].reduce((sum, share) => sum + share, 0);
        const wanted = wants.reduce((sum, want) => sum + want, 0);
        expect(given).toBeCloseTo(Math.min(wanted, cores * USABLE_SHARE), 6);
        wants.forEach((want, n) => {
          expect(shares.get(String(n))).toBeLessThanOrEqual(want + 1e-9);
        });
      }),
    );
  });
});

describe('StepJudge', () => {
  /** A judge over cameras with their cores; `stepped` lists who stepped down for whom. */
  function judge(cores: Record<string, number>, { idle = 0, unable = [] as readonly string[] } = {}) {
    const stepped: string[] = [];
    const subject = new StepJudge({ idle: () => idle });
    for (const [id, value] of Object.entries(cores)) {
      subject.add(id, {
        cores: () => value,
        stepDown: (onBehalf) => {
          if (unable.includes(id)) return false;
          stepped.push(`${id} for ${onBehalf}`);
          return true;
        },
      });
    }
    return { subject, stepped };
  }

  it('on a busy host steps down the costliest, whoever is slow', () => {
    const { subject, stepped } = judge({ small: 0.2, large: 1.5 });
    expect(subject.tooSlow('small', 0)).toBe('waiting');
    expect(stepped).toEqual(['large for small']);
  });

  it('lets one step at a time and waits for what that brings', () => {
    const { subject, stepped } = judge({ small: 0.2, large: 1.5 });
    subject.tooSlow('small', 0);
    expect(subject.tooSlow('large', 14_000)).toBe('waiting');
    expect(stepped).toHaveLength(1);
    subject.tooSlow('large', 16_000);
    expect(stepped).toEqual(['large for small', 'large for large']);
  });

  it('takes the next one when the costliest has nothing left to lower', () => {
    const { subject, stepped } = judge({ small: 0.2, large: 1.5 }, { unable: ['large'] });
    expect(subject.tooSlow('large', 0)).toBe('waiting');
    expect(stepped).toEqual(['small for large']);
    expect(judge({ small: 0.2 }, { unable: ['small'] }).subject.tooSlow('small', 0)).toBe('nothing-left');
  });

  it('on a host with time to spare lets the slow camera alone step: it has a reason of its own', () => {
    const { subject, stepped } = judge({ small: 0.2, large: 1.5 }, { idle: 0.5 });
    subject.tooSlow('small', 0);
    expect(stepped).toEqual(['small for small']);
  });

  it('forgets a camera that left', () => {
    const subject = new StepJudge({ idle: () => 0 });
    const leave = subject.add('gone', { cores: () => 1, stepDown: () => true });
    leave();
    expect(subject.tooSlow('gone', 0)).toBe('nothing-left');
  });
});
