import { expect, test } from 'vitest';
import { unitText } from '../../../../relay/service/unit.ts';

const UNIT = {
  program: ['/usr/bin/node', '/opt/lock step/100%.js'],
  config: '/etc/lockstep/lockstep.yaml',
  account: 'lockstep',
  dataDir: undefined,
};

test('quotes what systemd would read as something else', () => {
  expect(unitText(UNIT)).toContain(
    '\nExecStart=/usr/bin/node "/opt/lock step/100%%.js" run --config /etc/lockstep/lockstep.yaml\n',
  );
});

test('has systemd make the data folder, or lets it be written where the configuration has one', () => {
  expect(unitText(UNIT)).toContain('\nStateDirectory=lockstep\n');
  expect(unitText({ ...UNIT, dataDir: '/var/lib/lockstep' })).toContain('\nStateDirectory=lockstep\n');
  const elsewhere = unitText({ ...UNIT, dataDir: '/srv/wall' });
  expect(elsewhere).toContain('\nReadWritePaths=/srv/wall\n');
  expect(elsewhere).not.toContain('StateDirectory');
  expect(elsewhere).toContain('\nReadWritePaths=-/etc/lockstep\n');
});

test('for one user names no account, and asks for nothing that only the system may do', () => {
  const text = unitText({ ...UNIT, account: undefined });
  expect(text).toMatch(/WantedBy=default\.target\n$/);
  expect(text).not.toMatch(/^(User|StateDirectory|CapabilityBoundingSet|Device)/m);
});

test('lets V8 protect its code by memory keys, and kills no program for a call that it may not make', () => {
  expect(unitText(UNIT)).toContain('\nSystemCallFilter=@system-service @pkey\n');
  expect(unitText(UNIT)).toContain('\nSystemCallErrorNumber=EPERM\n');
});
