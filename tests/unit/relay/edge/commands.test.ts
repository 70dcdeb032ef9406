import { describe, expect, it } from 'vitest';
import { createCommands } from '../../../../relay/edge/commands.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp() {
  const clock = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1' });
  const run = createCommands({ cameras: new Map([[camera.id, camera]]), clock });
  const restart = (id = 'cam1') => run({ type: 'command', id: 1, command: 'restart-camera', camera: id });
  return { clock, camera, restart };
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

  it('name the cameras that there are when asked for another', () => {
    const { restart } = setUp();
    expect(restart('cam9')).toEqual({
      code: 'unknown-camera',
      message: 'unknown camera "cam9": this relay has cam1',
    });
  });
});
