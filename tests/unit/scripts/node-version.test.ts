import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { nodeProblem } from '../../../scripts/node-version.mjs';

test.each(['20.19.0', '20.20.2', '22.13.0', '24.0.0', '26.1.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.20.4', '20.0.0', '20.18.3', '21.7.0', '22.12.9', '23.5.0'])(
  'Node %s is refused, with what to install',
  (version) => {
    expect(nodeProblem(version)).toMatch(/cannot run Lockstep: it needs Node 20\.19 or newer/);
  },
);

test('package.json says the same', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toBe('^20.19.0 || ^22.13.0 || >=24.0.0');
});
