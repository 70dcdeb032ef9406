/**
 * `npm run release`: looks whether the packages in dist/packages may be released, and says what each store would be
 * sent. `--send` sends it, to each store whose secrets are set. `--tag v1.2.3` is held against the version, and then
 * CHANGELOG.md must have a heading for it; `--notes FILE` writes what stands there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { unzipSync } from 'fflate';
import { inProject } from '../rig/root.ts';
import { type Artefacts, artefactsOf, notesOf, problemsOf, tagProblems } from './release/artefacts.ts';
import { type Env, environmentFor, type Folders, STORES, type Store, unset } from './release/stores.ts';

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      folder: { type: 'string', default: inProject('dist/packages') },
      tag: { type: 'string' },
      notes: { type: 'string' },
      send: { type: 'boolean', default: false },
    },
  });
  const { name, version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  const artefacts = artefactsOf(values.folder, name, version);
  const notes = notesOf(readFileSync(inProject('CHANGELOG.md'), 'utf8'), version);
  const problems = [
    ...problemsOf(values.folder, artefacts, version),
    ...tagProblems(values.tag, version, notes),
    ...STORES.flatMap((store) => halfSet(store, process.env)),
  ];
  if (problems.length > 0) {
    process.stderr.write(problems.map((problem) => `error: ${problem}\n`).join(''));
    return 1;
  }
  say(`Lockstep ${version}: the packages may be released.`);
  if (values.notes !== undefined) writeFileSync(values.notes, `${notes ?? ''}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-release-'));
  try {
    const folders = { unpacked: join(folder, 'firefox'), made: join(folder, 'made') };
    unpack(artefacts.firefox, folders.unpacked);
    const results = STORES.map((store) => handle(store, artefacts, folders, values.send));
    return results.includes(false) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Some secrets and not others are a slip, and no wish to leave the store out. */
function halfSet(store: Store, env: Env): string[] {
  const missing = unset(store, env);
  return missing.length === 0 || missing.length === Object.keys(store.env).length
    ? []
    : [`${store.name}: ${missing.join(', ')} is not set, and others of its secrets are. Set all or none.`];
}

/** @returns false when it should have been sent and was not */
function handle(store: Store, artefacts: Artefacts, folders: Folders, send: boolean): boolean {
  const missing = unset(store, process.env);
  const args = store.args(artefacts, folders);
  say(`\n${store.name}`);
  for (const file of store.files(artefacts))
    say(`  ${basename(file)}, ${Math.ceil(statSync(file).size / 1000)} kB`);
  say(`  by ${[store.tool, ...args.map((word) => shown(word, folders))].join(' ')}`);
  if (missing.length > 0) say(`  left out: ${missing.join(', ')} not set`);
  else if (!send) say('  all its secrets are set; --send sends it');
  else return sent(store, args);
  return true;
}

const shown = (word: string, { unpacked, made }: Folders): string =>
  word === unpacked ? '<the zip, unpacked>' : word === made ? '<a folder of its own>' : basename(word);

function sent(store: Store, args: readonly string[]): boolean {
  const program = inProject(store.program);
  if (!existsSync(program)) {
    process.stderr.write(`error: ${store.tool} is not installed. Run \`${store.install}\`.\n`);
    return false;
  }
  const env = environmentFor(store, process.env);
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: inProject(),
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  say(status === 0 ? '  sent' : `  not sent: ${store.tool} ended with ${status}`);
  return status === 0;
}

function unpack(zip: string, folder: string): void {
  for (const [path, bytes] of Object.entries(unzipSync(readFileSync(zip)))) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
