/** `lockstep cert` as it is built: what it writes, what it refuses, and a relay that takes the next one over as it runs. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCertificate } from '../../relay/config/certificate.ts';
import { inProject } from '../../rig/root.ts';
import { makePem } from '../support/certificate.ts';
import { CliFixture } from '../support/cli-fixture.ts';
import { freePort } from '../support/free-port.ts';

let cli: CliFixture;
let port: number;
beforeEach(async () => {
  cli = new CliFixture();
  port = await freePort();
  cli.write(
    'lockstep.yaml',
    `# mine\nserver:\n  port: ${port} # free\nmediamtx:\n  enabled: false\ncameras:\n  - id: cam1\n    source:\n      type: test\n`,
  );
});
afterEach(() => cli.stop());

const inFolder = (name: string): string => join(cli.folder, name);
const made = () => loadCertificate({ certificate: inFolder('lockstep.crt'), key: inFolder('lockstep.key') });

/** SHA-256 of what the relay shows to who connects now. */
const shown = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });

it('makes key and certificate, names them in the file with its comments, and tells the fingerprint', async () => {
  const { exitCode, stdout } = await cli.run(['cert', '--name', 'Wall.lan']);
  expect(exitCode).toBe(0);
  const { fingerprint, names, selfSigned, startsMs, endsMs } = made();
  expect(stdout).toContain(fingerprint);
  expect(names).toEqual(expect.arrayContaining(['wall.lan', 'localhost', '127.0.0.1', '::1']));
  expect([selfSigned, Math.round((endsMs - startsMs) / 86_400_000)]).toEqual([true, 825]);
  expect(statSync(inFolder('lockstep.key')).mode & 0o777).toBe(0o600);
  const text = readFileSync(inFolder('lockstep.yaml'), 'utf8');
  expect(text).toContain('# mine');
  expect(text).toContain(
    `  port: ${port} # free\n  tls:\n    certificate: lockstep.crt\n    key: lockstep.key\n`,
  );
  expect(JSON.parse((await cli.run(['pair', '--json'])).stdout).fingerprint).toBe(fingerprint);
  expect((await cli.run(['check'])).stdout).toContain(fingerprint);
});

it('makes it anew with its names, and the relay that runs shows the new one', async () => {
  await cli.run(['cert', '--name', 'wall.lan']);
  const before = made().fingerprint;
  const relay = cli.spawn(['run', '--json']);
  await relay.lines(1);
  expect(await shown()).toBe(before);
  const { exitCode, stdout } = await cli.run(['cert', '--renew']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('the certificate was replaced')]);
  const { fingerprint, names } = made();
  expect(names).toContain('wall.lan');
  expect(fingerprint).not.toBe(before);
  expect(await shown()).toBe(fingerprint);
  expect(JSON.parse((await cli.run(['status', '--json'])).stdout).certificate.fingerprint).toBe(fingerprint);
});

it('refuses one of the user’s that has ended, or is for other names, and leaves the file as it is', async () => {
  const before = readFileSync(inFolder('lockstep.yaml'), 'utf8');
  const write = (names: string[], extra: string[] = []): void => {
    const { certificate, key } = makePem(names, extra);
    cli.write('own.crt', certificate);
    cli.write('own.key', key);
  };
  const own = ['cert', '--certificate', 'own.crt', '--key', 'own.key'];
  write(['DNS:wall.example'], ['-days', '1']);
  const later = {
    NODE_OPTIONS: `--import ${inProject('rig/other-clock.mjs')}`,
    RIG_CLOCK_AHEAD_MS: String(2 * 86_400_000),
    RIG_CLOCK_STEP_MS: '0',
  };
  expect((await cli.run(own, later)).stderr).toContain('the certificate ended on');
  expect((await cli.run([...own, '--name', 'other.example'])).stderr).toContain(
    'not for other.example: it is for wall.example',
  );
  cli.write('own.key', makePem(['DNS:x']).key);
  expect((await cli.run(own)).stderr).toContain('must be the key of the certificate');
  expect(readFileSync(inFolder('lockstep.yaml'), 'utf8')).toBe(before);
  write(['DNS:wall.example']);
  expect((await cli.run(own)).exitCode).toBe(0);
  expect(readFileSync(inFolder('lockstep.yaml'), 'utf8')).toContain('certificate: own.crt');
});

it('says what to install where openssl is not', async () => {
  const { exitCode, stderr } = await cli.run(['cert'], { PATH: '/nowhere' });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('sudo apt install openssl')]);
});
