/** What `npm run package` makes, as somebody gets it who has nothing else of the project. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { main } from '../../scripts/package.ts';

const { version } = packageJson;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-packages-'));
const out = join(folder, 'out');
const made = (name: string): string => join(out, name);

beforeAll(async () => {
  expect(await main([out])).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('they are the same bytes when they are made once more', async () => {
  const sums = readFileSync(made('SHA256SUMS'), 'utf8');
  expect(sums.split('\n').filter((line) => line !== '')).toHaveLength(readdirSync(out).length - 1);
  const again = join(folder, 'again');
  await main([again]);
  expect(readFileSync(join(again, 'SHA256SUMS'), 'utf8')).toBe(sums);
}, 60_000);

test('the stores get the extension as each wants it', () => {
  const manifest = (browser: string) => {
    const files = unzipSync(readFileSync(made(`lockstep-${browser}-${version}.zip`)));
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['background.js', 'wall.html', 'icons/icon-128.png']),
    );
    return JSON.parse(Buffer.from(files['manifest.json'] ?? []).toString());
  };
  expect(manifest('chrome')).toMatchObject({ version, background: { service_worker: 'background.js' } });
  // The Chrome Web Store refuses it.
  expect(manifest('chrome')).not.toHaveProperty('key');
  expect(manifest('firefox')).toHaveProperty('browser_specific_settings.gecko.id');
});

test('the relay runs from its npm package, installed without any other', async () => {
  const prefix = join(folder, 'npm');
  const { status, stderr } = spawnSync(
    'npm',
    [
      'install',
      '--global',
      '--offline',
      '--prefix',
      prefix,
      '--cache',
      join(folder, 'cache'),
      made(`${packageJson.name}-${version}.tgz`),
    ],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  expect(readdirSync(join(prefix, 'lib', 'node_modules'))).toEqual([packageJson.name]);
  expect(await firstWords(join(prefix, 'bin', 'lockstep'))).toContain(`Lockstep  ${version}`);
});

const noDpkg = spawnSync('dpkg-deb', ['--version']).status !== 0;

test.skipIf(noDpkg)(
  'the relay runs from its Debian package, with the configuration and the unit in it',
  async () => {
    const root = join(folder, 'debian');
    const file = made(`lockstep_${version}_all.deb`);
    expect(spawnSync('dpkg-deb', ['-x', file, root]).status).toBe(0);
    const program = join(root, 'usr', 'bin', 'lockstep');
    const check = spawnSync(
      program,
      ['check', '--config', join(root, 'etc/lockstep/lockstep.yaml'), '--json'],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: folder },
      },
    );
    expect(check.stdout).toContain('valid, 1 camera');
    expect(await firstWords(program)).toContain(`Lockstep  ${version}`);
    const unit = readFileSync(join(root, 'usr/lib/systemd/system/lockstep.service'), 'utf8');
    expect(unit).toContain('\nExecStart=/usr/bin/lockstep run --config /etc/lockstep/lockstep.yaml\n');
    const control = spawnSync('dpkg-deb', ['--field', file, 'Version', 'Depends'], {
      encoding: 'utf8',
    }).stdout;
    expect(control).toContain(`Version: ${version}\n`);
    expect(control).toContain('ffmpeg');
  },
);

/** Starts the relay with a picture that is drawn; what it writes until it serves, and then it ends well. */
async function firstWords(program: string): Promise<string> {
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(
    join(home, 'lockstep.yaml'),
    'server: {port: 0}\nmediamtx: {enabled: false}\ncameras: [{id: a, source: {type: test, size: 320x180}}]\n',
  );
  const child: ChildProcess = spawn(program, ['run'], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let words = '';
  child.stdout?.on('data', (chunk) => {
    words += String(chunk);
    if (/pair/i.test(words)) child.kill('SIGTERM');
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  return words;
}
