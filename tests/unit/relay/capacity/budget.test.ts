import { describe, expect, it } from 'vitest';
import { type Booking, coresLeft, fittingLevel, relief } from '../../../../relay/capacity/budget.ts';
import { CostModel } from '../../../../relay/capacity/cost.ts';
import { KEYFRAMES_LEVEL, reduce } from '../../../../relay/capacity/work.ts';
import { H264_4K, H264_1080, RUNG_360, RUNG_720, work } from './host.ts';

const model = new CostModel();
const small = work(H264_1080, RUNG_360);
const large = work(H264_4K, RUNG_720, RUNG_360);

const booking = (id: string, more: Partial<Booking> = {}): Booking => {
  const asked = more.asked ?? small;
  return { id, asked, level: 0, manages: 1, cost: model.estimate(reduce(asked, more.level ?? 0)), ...more };
};

describe('fittingLevel', () => {
  const asked = work(H264_4K, RUNG_360);
  const needs = model.table(asked);
  const host = (left: number) => ({ cores: 4, kept: 4 * 0.85 - left });

  it('gives all that is asked for where most of its pictures can be made, and keyframes where not', () => {
    const level = (share: number, mostly: boolean) =>
      fittingLevel(model, asked, host(needs.cores * share), [], { mostly });
    expect([level(1.01, false), level(1.01, true)]).toEqual([0, 0]);
    expect([level(0.72, false), level(0.72, true)]).toEqual([KEYFRAMES_LEVEL, 0]);
    expect([level(0.5, false), level(0.5, true)]).toEqual([KEYFRAMES_LEVEL, KEYFRAMES_LEVEL]);
  });

  it('rather does a little less than leave pictures out', () => {
    const less = model.table(reduce(asked, 2));
    expect(fittingLevel(model, asked, host((needs.cores + less.cores) / 2), [], { mostly: true })).toBe(2);
  });
});

describe('relief on a full host', () => {
  it('asks the costliest, and no more of it than what is lacking', () => {
    const late = booking('small', { manages: 0.8 });
    const steps = relief(model, late, { finding: 'host-full', manages: 0.8 }, [
      late,
      booking('large', { asked: large }),
    ]);
    expect(steps).toEqual([{ id: 'large', level: 2 }]);
  });

  it('touches nobody else when that would not do: the costliest of the late shows keyframes', () => {
    const late = booking('late', { asked: large, manages: 0.1 });
    const steps = relief(model, late, { finding: 'host-full', manages: 0.1 }, [
      booking('a'),
      late,
      booking('b'),
    ]);
    expect(steps).toEqual([{ id: 'late', level: KEYFRAMES_LEVEL }]);
  });

  it('takes nothing of the picture from who makes nearly all of them', () => {
    const late = (manages: number) => booking('late', { asked: work(H264_4K, RUNG_720), manages });
    const steps = (manages: number) =>
      relief(model, late(manages), { finding: 'host-full', manages }, [late(manages)]);
    expect([steps(0.9), steps(0.85)]).toEqual([[], [{ id: 'late', level: 2 }]]);
  });

  it('has who makes most of its pictures do a little less, though that is not all that is lacking', () => {
    const [asked, cost] = [work(H264_4K, RUNG_360), { cores: 0.9, thread: 0.8 }];
    const late = (manages: number) => booking('late', { asked, cost, manages });
    const all = [late(0.75), booking('neighbour')];
    expect(relief(model, late(0.75), { finding: 'host-full', manages: 0.75 }, all)).toEqual([
      { id: 'late', level: 2 },
    ]);
    expect(relief(model, late(0.65), { finding: 'host-full', manages: 0.65 }, [late(0.65)])).toEqual([
      { id: 'late', level: KEYFRAMES_LEVEL },
    ]);
  });

  it('changes nothing for a source that is slow, nor without a reason', () => {
    const late = booking('late', { manages: 0.5 });
    for (const finding of ['source-slow', 'unexplained', 'fine'] as const) {
      expect(relief(model, late, { finding, manages: 0.5 }, [late])).toEqual([]);
    }
  });
});

describe('relief of a process at its end', () => {
  it('goes as far as the deficit at once, and only itself', () => {
    const late = booking('late', { asked: large, manages: 0.85 });
    const steps = relief(model, late, { finding: 'process-full', manages: 0.85 }, [booking('a'), late]);
    expect(steps).toHaveLength(1);
    expect(steps[0]?.id).toBe('late');
    const [before, after] = [model.table(large), model.table(reduce(large, steps[0]?.level ?? 0))];
    expect(after.thread / before.thread).toBeLessThan(0.85);
  });

  it('has nothing left below keyframes', () => {
    const late = booking('late', { level: KEYFRAMES_LEVEL, manages: 0.5 });
    expect(relief(model, late, { finding: 'process-full', manages: 0.5 }, [late])).toEqual([]);
  });
});

describe('coresLeft', () => {
  it('keeps a part for a viewer and for the rest', () => {
    expect(coresLeft({ cores: 2, kept: 0.6 }, [])).toBeCloseTo(1.1);
    expect(coresLeft({ cores: 2, kept: 0.6 }, [booking('a')])).toBeCloseTo(1.1 - model.estimate(small).cores);
  });
});
