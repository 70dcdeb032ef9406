import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptRuns } from '../../../bench/kept-runs.ts';

const OF = { commit: 'abc1234567', seconds: 10 };
const RUN = { measured: { skews: [[20, 3]] } };

describe('KeptRuns', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-runs-'));
    file = join(folder, 'peers.runs.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const again = (of: object | undefined = OF) => KeptRuns.open<typeof RUN>(file, of);

  it('has again what a bench that was cut off had measured', async () => {
    const first = await again();
    await first.keep('3@30, round 1: a', RUN);
    await first.keep('3@30, round 1: b', { ...RUN });
    const second = await again();
    expect(second.size).toBe(2);
    expect(second.find('3@30, round 1: a')).toEqual(RUN);
    expect(second.find('3@30, round 2: a')).toBeUndefined();
  });

  it('leaves out a run that was cut off while it was written, and goes on after it', async () => {
    await (await again()).keep('a', RUN);
    await appendFile(file, '["b",{"meas');
    const second = await again();
    expect(second.size).toBe(1);
    await second.keep('b', RUN);
    expect((await again()).find('b')).toEqual(RUN);
  });

  it('begins anew for another commit, or where nobody knows which it is', async () => {
    await (await again()).keep('a', RUN);
    expect((await again({ ...OF, commit: 'fed7654321' })).size).toBe(0);
    await (await KeptRuns.open(file, undefined)).keep('a', RUN);
    expect((await KeptRuns.open(file, undefined)).size).toBe(0);
  });

  it('leaves nothing behind once all stands in the results', async () => {
    const runs = await again();
    await runs.keep('a', RUN);
    await runs.forget();
    expect(await readdir(folder)).toEqual([]);
  });
});
