import { expect, it } from 'vitest';
import { stepDowns } from '../../../rig/relay-log.ts';

it('finds the cameras that were stepped down, between lines that are cut', () => {
  const line = (camera: string, msg: string): string => JSON.stringify({ level: 'warn', camera, msg });
  const log = [
    'mera":"cam9","msg":"stepped down"}',
    line('cam1', 'live'),
    line('cam2', 'stepped down: 540p'),
  ];
  expect(stepDowns(`${log.join('\n')}\n{"camera":"cam3","msg":"stepped down`)).toEqual([
    { camera: 'cam2', message: 'stepped down: 540p' },
  ]);
});
