import { describe, expect, it } from 'vitest';
import { CpuIdle } from '../../../../relay/process/cpu-idle.ts';
import { FakeTime } from '../../../support/fake-time.ts';

describe('CpuIdle', () => {
  it('is the idle share of all cores over the last seconds', () => {
    const time = new FakeTime();
    let busy = 0;
    let idle = 0;
    const cpu = () => ({ times: { user: busy, nice: 0, sys: 0, irq: 0, idle } });
    const subject = new CpuIdle({ cpus: () => [cpu(), cpu()], timers: time });
    subject.start();
    expect(subject.share).toBe(1);
    for (let n = 0; n < 10; n += 1) {
      idle += 2_000;
      time.advance(2_000);
    }
    expect(subject.share).toBe(1);
    for (let n = 0; n < 5; n += 1) {
      idle += 500;
      busy += 1_500;
      time.advance(2_000);
    }
    expect(subject.share).toBeCloseTo(0.25);
    subject.stop();
    subject.stop();
    expect(time.pending).toBe(0);
  });
});
