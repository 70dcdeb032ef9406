import { describe, expect, it } from 'vitest';
import { WallProgram } from '../../../../../src/viewer/wall/wall-clock.ts';
import { FakeTime } from '../../../../support/fake-time.ts';

describe('WallProgram', () => {
  it("shows the relay's time minus the wall latency", () => {
    const program = new WallProgram({ wallClock: new FakeTime(50_000), offsetMs: () => 1234 });
    expect(program.relayNowMs()).toBe(51_234);
    expect(program.programMs(300)).toBe(50_934);
  });

  it('takes the clocks to agree before the first pong', () => {
    const program = new WallProgram({ wallClock: new FakeTime(50_000), offsetMs: () => undefined });
    expect(program.programMs(300)).toBe(49_700);
  });
});
