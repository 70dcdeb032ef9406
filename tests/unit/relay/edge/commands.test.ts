import { describe, expect, it } from 'vitest';
import { type CommandReply, createCommands, type ManageCameras } from '../../../../relay/edge/commands.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

function setUp() {
  const clock = new FakeTime();
  const camera = new SyntheticCamera({ id: 'cam1' });
  const run = createCommands({ cameras: new Map([[camera.id, camera]]), clock });
  const restart = (id = 'cam1') =>
    run({ type: 'command', id: 1, command: 'restart-camera', camera: id }, undefined);
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
    expect([restart(), restart(), restart()]).toMatchObject([undefined, undefined, { code: 'busy' }]);
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

describe('commands that change cameras', () => {
  const list = { type: 'command', id: 1, command: 'list-cameras' } as const;
  const answer: CommandReply = { kind: 'cameras', revision: 'r', cameras: [] };
  const asked: unknown[] = [];
  const manage: ManageCameras = (command, client) => {
    asked.push([command.command, client]);
    return Promise.resolve(answer);
  };
  const run = (
    manager: ManageCameras | undefined,
    rights?: { id: string; mayChangeCameras: boolean },
    calledAs?: string,
  ) => createCommands({ cameras: new Map(), manage: manager, calledAs, clock: new FakeTime() })(list, rights);

  it('are for those alone who have that right, and are told what to do otherwise', async () => {
    expect(run(manage, { id: '1a2b3c4d', mayChangeCameras: false })).toEqual({
      code: 'not-allowed',
      message: 'this browser may only watch; allow it on the relay’s host: lockstep tokens allow 1a2b3c4d',
    });
    // As for the Debian package's service, whose files nobody else may read.
    expect(run(manage, { id: '1a2b3c4d', mayChangeCameras: false }, 'sudo lockstep')).toMatchObject({
      message: expect.stringMatching(/host: sudo lockstep tokens allow 1a2b3c4d$/),
    });
    expect(run(manage, undefined)).toMatchObject({ code: 'not-allowed' });
    expect(asked).toEqual([]);
    expect(await run(manage, { id: '1a2b3c4d', mayChangeCameras: true })).toBe(answer);
    expect(asked).toEqual([['list-cameras', '1a2b3c4d']]);
  });

  it('are unknown to a relay that has no file for them', () => {
    expect(run(undefined, { id: '1a2b3c4d', mayChangeCameras: true })).toMatchObject({
      code: 'unknown-command',
    });
  });
});
