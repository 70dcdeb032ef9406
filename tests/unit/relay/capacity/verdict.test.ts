import { describe, expect, it } from 'vitest';
import { Judgement, judge, type Reading, SETTLE_MS } from '../../../../relay/capacity/verdict.ts';

const well: Reading = { arrival: 1, speed: 1, cores: 0.3, busiest: 0.2, idle: 0.5 };

describe('judge', () => {
  it.each<[string, Partial<Reading>, string]>([
    ['keeps up', {}, 'fine'],
    ['one thread full, room on the host', { speed: 0.6, cores: 1, busiest: 0.98 }, 'process-full'],
    ['one thread full, and the host too', { speed: 0.6, cores: 1, busiest: 0.98, idle: 0 }, 'process-full'],
    ['the host full', { speed: 0.8, cores: 0.4, busiest: 0.3, idle: 0.02 }, 'host-full'],
    ['threads that wait for each other', { speed: 0.8, cores: 0.9, busiest: 0.5 }, 'process-full'],
    ['leaves out most pictures, and rests', { speed: 0.2, cores: 0.4, busiest: 0.35 }, 'process-full'],
    ['waits for something else', { speed: 0.5, cores: 0.2, busiest: 0.1 }, 'unexplained'],
    ['stopped', { speed: 0, cores: 0, busiest: 0 }, 'unexplained'],
    ['no figures, room on the host', { speed: 0.8, cores: undefined, busiest: undefined }, 'process-full'],
    ['no figures, no room', { speed: 0.8, cores: undefined, busiest: undefined, idle: 0 }, 'host-full'],
    ['a slow source', { arrival: 0.7, speed: 0.7 }, 'source-slow'],
    ['a source that stands', { arrival: 0, speed: 0 }, 'source-slow'],
    ['a source that catches up', { arrival: 2, speed: 1.2 }, 'fine'],
    ['slow both', { arrival: 0.7, speed: 0.5, busiest: 0.9 }, 'process-full'],
  ])('%s', (_, reading, finding) => {
    expect(judge({ ...well, ...reading }).finding).toBe(finding);
  });
});

describe('Judgement', () => {
  const late: Reading = { ...well, speed: 0.6, busiest: 1 };

  it('says nothing of a start, nor of a moment', () => {
    const judgement = new Judgement(0);
    for (let ms = 0; ms < SETTLE_MS; ms += 1000) expect(judgement.sample(late, ms)).toBeUndefined();
    expect(judgement.sample(well, 9_000)?.finding).toBe('fine');
    for (let ms = 10_000; ms < 19_000; ms += 1000) expect(judgement.sample(late, ms)).toBeUndefined();
    expect(judgement.sample(late, 20_000)?.finding).toBe('process-full');
  });

  it('does not wait so long where hardly any picture is made', () => {
    const judgement = new Judgement(-SETTLE_MS);
    judgement.sample(well, 0);
    const starved: Reading = { ...well, speed: 0.2, idle: 0 };
    for (let ms = 1_000; ms < 4_000; ms += 1000) expect(judgement.sample(starved, ms)).toBeUndefined();
    expect(judgement.sample(starved, 4_000)?.finding).toBe('host-full');
  });

  it('takes a reason that changes for one trouble', () => {
    const judgement = new Judgement(-SETTLE_MS);
    judgement.sample(well, 0);
    for (let ms = 1_000; ms < 11_000; ms += 1000) judgement.sample({ ...late, busiest: 0.3, idle: 0 }, ms);
    expect(judgement.sample(late, 11_000)?.finding).toBe('process-full');
  });

  it('begins anew after a change of ours', () => {
    const judgement = new Judgement(-SETTLE_MS);
    for (let ms = 0; ms < 20_000; ms += 1000) judgement.sample(late, ms);
    judgement.excuse(20_000);
    expect(judgement.settling(20_000)).toBe(true);
    expect(judgement.sample(late, 20_000 + SETTLE_MS)).toBeUndefined();
  });
});
