import { describe, expect, it } from 'vitest';
import { CostModel } from '../../../../relay/capacity/cost.ts';
import { lessWords, reduce, type Work } from '../../../../relay/capacity/work.ts';
import { H264_1080, HEVC_4K, RUNG_360, RUNG_720, work } from './host.ts';

describe('CostModel', () => {
  const asked = work(HEVC_4K, RUNG_360);

  it('estimates from the table what was never measured', () => {
    const model = new CostModel();
    expect(model.knows(asked)).toBe(false);
    expect(model.estimate(asked)).toEqual(model.table(asked));
  });

  it('counts decoding without the loop filter for rungs of half the size', () => {
    const model = new CostModel();
    const alone = (width: number, height: number) =>
      model.table(work(H264_1080, { ...RUNG_360, size: { width, height }, fps: 1 })).cores;
    expect(alone(960, 540) / alone(964, 542)).toBeCloseTo(0.6, 1);
  });

  it('believes a measurement, and corrects what is like it by it', () => {
    const model = new CostModel();
    const table = model.table(asked);
    model.learn(asked, { cores: table.cores * 2, thread: table.thread * 3 });
    expect(model.estimate(asked)).toEqual({ cores: table.cores * 2, thread: table.thread * 3 });
    const other = work(HEVC_4K, RUNG_720);
    expect(model.knows(other)).toBe(true);
    expect(model.estimate(other).cores).toBeCloseTo(model.table(other).cores * 2);
    expect(model.estimate(work(H264_1080, RUNG_360)).cores).toBeCloseTo(
      model.table(work(H264_1080, RUNG_360)).cores * 2,
    );
  });

  it('keeps what it learnt, for the next start', () => {
    const model = new CostModel();
    model.learn(asked, { cores: 1.6, thread: 1.5 });
    expect(new CostModel(model.learnt).estimate(asked)).toEqual({ cores: 1.6, thread: 1.5 });
  });

  it('forgets the oldest of very many', () => {
    const model = new CostModel();
    for (let fps = 1; fps <= 250; fps += 1) {
      model.learn({ ...asked, source: { ...HEVC_4K, fps } }, { cores: 1, thread: 1 });
    }
    expect(Object.keys(model.learnt.works)).toHaveLength(200);
  });
});

describe('reduce', () => {
  const asked: Work = work(HEVC_4K, RUNG_720, RUNG_360);

  it('takes less with each row, and never more than asked for', () => {
    const model = new CostModel();
    const costs = [0, 1, 2, 3, 4, 5, 6].map((level) => model.table(reduce(asked, level)).cores);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
    expect(reduce(asked, 0)).toEqual(asked);
  });

  it('says in words what people notice of it', () => {
    expect(lessWords(asked, reduce(asked, 0))).toBe('');
    expect(lessWords(asked, reduce(asked, 1))).toBe('');
    expect(lessWords(asked, reduce(asked, 2))).toBe(
      '12.5 fps instead of 1280x720 at 25 fps, 12.5 fps instead of 640x360 at 25 fps',
    );
    expect(lessWords(asked, reduce(asked, 5))).toBe(
      '320x180 at 12.5 fps instead of 640x360 at 25 fps, without 720',
    );
    expect(lessWords(asked, reduce(asked, 6))).toBe('keyframes only');
  });
});
