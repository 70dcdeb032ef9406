import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ChildSpec, SpawnChild } from '../../../../relay/process/child.ts';
import { startUserService, userServicesHere } from '../../../../relay/service/user-service.ts';
import { FakeTime } from '../../../support/fake-time.ts';

function setUp(fails: (spec: ChildSpec) => boolean) {
  const home = mkdtempSync(join(tmpdir(), 'lockstep-service-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const asked: string[] = [];
  const spawn: SpawnChild = (spec, { onEnded, onStderr }) => {
    asked.push([spec.program, ...spec.args].join(' '));
    queueMicrotask(() => {
      if (fails(spec)) onStderr('Failed to connect to bus: No medium found\n');
      onEnded({ kind: 'exit', code: fails(spec) ? 1 : 0 });
    });
    return { pid: 1, signal: () => undefined };
  };
  return {
    asked,
    home,
    deps: { spawn, timers: new FakeTime(), env: { XDG_RUNTIME_DIR: '/run/user/7' }, home },
  };
}

test('the unit lies where systemd looks for it, and is started', async () => {
  const { asked, home, deps } = setUp(() => false);
  expect(await userServicesHere(deps)).toBe(true);
  expect(await startUserService(deps, '[Unit]\n')).toBeUndefined();
  expect(readFileSync(join(home, '.config/systemd/user/lockstep.service'), 'utf8')).toBe('[Unit]\n');
  expect(asked).toEqual(
    ['show-environment', 'daemon-reload', 'enable --now lockstep'].map(
      (words) => `env XDG_RUNTIME_DIR=/run/user/7 systemctl --user ${words}`,
    ),
  );
});

test('says why it cannot be started, in systemd’s words', async () => {
  const { deps } = setUp(({ args }) => args.includes('enable'));
  expect(await userServicesHere(deps)).toBe(true);
  expect(await startUserService(deps, '')).toBe('Failed to connect to bus: No medium found');
});
