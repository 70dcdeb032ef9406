import { describe, expect, it } from 'vitest';
import { createCommands } from '../../../../relay/edge/commands.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp() {
  const clock = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1' });
  const reports: string[] = [];
  const run = createCommands({
    cameras: new Map([[camera.id, camera]]),
    clock,
    onTileReport: ({ id }, tile) => reports.push(`${id} ${tile}`),
  });
  const restart = (id = 'cam1') => run({ type: 'command', id: 1, command: 'restart-camera', camera: id });
  const report = (id = 'cam1') =>
    run({ type: 'command', id: 1, command: 'report-tile', camera: id, tile: 'decoder-stuck' });
  return { clock, camera, reports, restart, report };
}

describe('commands', () => {
  it('restart a camera', () => {
    const { camera, restart } = setUp();
    expect(restart()).toBeUndefined();
    expect(camera.restarts).toHaveLength(1);
  });

  it('do not restart a camera again and again', () => {
    const { camera, clock, restart } = setUp();
    expect([restart(), restart(), restart()?.code]).toEqual([undefined, undefined, 'busy']);
    clock.advance(5000);
    expect(restart()).toBeUndefined();
    expect(camera.restarts).toHaveLength(3);
  });

  it('hand on what a viewer sees', () => {
    const { reports, report } = setUp();
    expect(report()).toBeUndefined();
    expect(reports).toEqual(['cam1 decoder-stuck']);
  });

  it('name the cameras that there are when asked for another', () => {
    const { restart, report, reports } = setUp();
    const error = { code: 'unknown-camera', message: 'unknown camera "cam9": this relay has cam1' };
    expect([restart('cam9'), report('cam9')]).toEqual([error, error]);
    expect(reports).toEqual([]);
  });
});
