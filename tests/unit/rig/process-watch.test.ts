import { describe, expect, it } from 'vitest';
import { ProcessWatch } from '../../../rig/process-watch.ts';

describe('ProcessWatch', () => {
  it('tells a process that came again from one that is new', () => {
    const cam1 = { pid: 1, label: 'ingest cam1' };
    const watch = new ProcessWatch([cam1]);
    watch.look([cam1, { pid: 2, label: 'transcoder cam3' }]);
    watch.look([cam1, { pid: 2, label: 'transcoder cam3' }]);
    expect(watch.restarts()).toEqual([]);
    expect(watch.began()).toEqual(['transcoder cam3']);
    watch.look([{ pid: 3, label: 'ingest cam1' }]);
    watch.look([
      { pid: 4, label: 'ingest cam1' },
      { pid: 5, label: 'transcoder cam3' },
    ]);
    expect(watch.restarts()).toEqual([
      { process: 'ingest cam1', times: 2 },
      { process: 'transcoder cam3', times: 1 },
    ]);
  });
});
