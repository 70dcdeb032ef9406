/**
 * `npm run package`: what people install, in dist/packages: the relay for npm and for Debian, the extension for both
 * stores, and its source for their review. The same commit gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unitText } from '../relay/service/unit.ts';
import { inProject } from '../rig/root.ts';
import { deriveManifest } from './build.mjs';
import { date, fill, run, sourceEpochS, zipped } from './package/folder.ts';

/** What each may weigh, in bytes. */
const LIMITS = { relay: 2_000_000, extension: 700_000 } as const;

interface Job {
  readonly out: string;
  /** An empty folder of its own. */
  readonly stage: string;
  readonly version: string;
  readonly epochS: number;
}

export async function main(args: string[]): Promise<number> {
  const out = args[0] ?? inProject('dist/packages');
  const { version } = JSON.parse(await readFile(inProject('package.json'), 'utf8'));
  const epochS = sourceEpochS(process.env);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const stages = await mkdtemp(join(tmpdir(), 'lockstep-package-'));
  try {
    for (const [name, make] of Object.entries(PACKAGES)) {
      const stage = join(stages, name);
      await mkdir(stage);
      const skipped = await make({ out, stage, version, epochS });
      if (skipped !== undefined) process.stderr.write(`Not made: ${name}: ${skipped}\n`);
    }
  } finally {
    await rm(stages, { recursive: true, force: true });
  }
  const sums: string[] = [];
  for (const name of (await readdir(out)).toSorted()) {
    const bytes = await readFile(join(out, name));
    sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
    process.stdout.write(`${String(Math.ceil(bytes.length / 1000)).padStart(6)} kB  ${join(out, name)}\n`);
  }
  await writeFile(join(out, 'SHA256SUMS'), sums.join(''));
  return 0;
}

/** Each makes one package. @returns why it could not, where that is no fault */
const PACKAGES: Readonly<Record<string, (job: Job) => Promise<string | undefined>>> = {
  chrome: (job) => extension('chrome', job),
  firefox: (job) => extension('firefox', job),
  source,
  npm,
  debian,
};

async function extension(
  browser: 'chrome' | 'firefox',
  { out, stage, version, epochS }: Job,
): Promise<undefined> {
  const manifest = deriveManifest(
    JSON.parse(await readFile(inProject('manifest.json'), 'utf8')),
    browser,
    version,
  );
  const built = await readdir(inProject('dist', browser));
  await fill(stage, {
    ...Object.fromEntries(built.map((name) => [name, { from: `dist/${browser}/${name}` }])),
    'manifest.json': { text: `${JSON.stringify(manifest, null, 2)}\n` },
  });
  const name = `lockstep-${browser}-${version}.zip`;
  await writeFile(join(out, name), await zipped(stage, epochS));
  await weigh(join(out, name), LIMITS.extension);
}

/** What Mozilla's reviewers build the extension from. */
async function source({ out, version }: Job): Promise<string | undefined> {
  if (!existsSync(inProject('.git'))) return 'this is no git checkout';
  const name = `lockstep-source-${version}`;
  const archive = ['archive', '--format=zip', `--prefix=${name}/`, '-o', join(out, `${name}.zip`), 'HEAD'];
  run('git', archive);
  const changed = run('git', ['status', '--porcelain']) !== '';
  if (changed) process.stderr.write(`${name}.zip is of the last commit: the files here differ from it.\n`);
  return undefined;
}

async function npm({ out, stage, version }: Job): Promise<undefined> {
  const { name, description, license, engines } = JSON.parse(
    await readFile(inProject('package.json'), 'utf8'),
  );
  const fields = { name, version, description, license, type: 'module', os: ['linux'], engines };
  await fill(
    stage,
    {
      'lockstep.js': { from: 'dist/relay/lockstep.js' },
      'package.json': {
        text: `${JSON.stringify({ ...fields, bin: { lockstep: 'lockstep.js' } }, null, 2)}\n`,
      },
      'README.md': { from: 'packaging/npm-readme.md' },
      'lockstep.sample.yaml': { from: 'docs/lockstep.sample.yaml' },
      LICENSE: { from: 'LICENSE' },
    },
    ['lockstep.js'],
  );
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', out], {}, stage);
  await weigh(join(out, `${name}-${version}.tgz`), LIMITS.relay);
}

const DEBIAN = 'packaging/debian';
const SCRIPTS = ['postinst', 'prerm', 'postrm'];
const PROGRAM = 'usr/lib/lockstep/lockstep.js';

async function debian({ out, stage, version, epochS }: Job): Promise<string | undefined> {
  if (!existsSync('/usr/bin/dpkg-deb')) return 'it needs dpkg-deb, which Debian and its relatives have';
  const docs = 'usr/share/doc/lockstep';
  const config = '/etc/lockstep/lockstep.yaml';
  const program = ['/usr/bin/lockstep'];
  const unit = unitText({ program, config, account: 'lockstep', dataDir: undefined });
  const { size } = await stat(inProject('dist/relay/lockstep.js'));
  const control = await readFile(inProject(DEBIAN, 'control'), 'utf8');
  const fields = control.replace('@VERSION@', version).replace('@SIZE_KIB@', String(Math.ceil(size / 1024)));
  await fill(
    stage,
    {
      [PROGRAM]: { from: 'dist/relay/lockstep.js' },
      [config.slice(1)]: { from: `${DEBIAN}/lockstep.yaml` },
      'usr/lib/systemd/system/lockstep.service': { text: unit },
      [`${docs}/copyright`]: { from: `${DEBIAN}/copyright` },
      [`${docs}/LICENSE`]: { from: 'LICENSE' },
      [`${docs}/lockstep.sample.yaml`]: { from: 'docs/lockstep.sample.yaml' },
      'DEBIAN/control': { text: fields },
      'DEBIAN/conffiles': { text: `${config}\n` },
      ...Object.fromEntries(SCRIPTS.map((name) => [`DEBIAN/${name}`, { from: `${DEBIAN}/${name}` }])),
    },
    [PROGRAM, ...SCRIPTS.map((name) => `DEBIAN/${name}`)],
  );
  await mkdir(join(stage, 'usr/bin'));
  await symlink('../lib/lockstep/lockstep.js', join(stage, 'usr/bin/lockstep'));
  await date(stage, epochS);
  const file = join(out, `lockstep_${version}_all.deb`);
  const epoch = { SOURCE_DATE_EPOCH: String(epochS) };
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, file], epoch);
  await weigh(file, LIMITS.relay);
  return undefined;
}

/** @throws Error when it is heavier than people are promised */
async function weigh(file: string, limitBytes: number): Promise<void> {
  const { size } = await stat(file);
  if (size > limitBytes) throw new Error(`${file} has ${size} bytes; ${limitBytes} are promised`);
}
