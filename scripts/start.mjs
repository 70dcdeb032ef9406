/**
 * The one way in: `node scripts/start.mjs <task> [arguments]`, behind every npm script. Needs nothing but Node;
 * installs what the task needs (npm packages, system programs), says each step, builds what is stale, and runs the task.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './node-version.mjs';
import { ensurePrograms } from './system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ programs: string[], optional?: string[], build: import('./build.mjs').Target[], run: (args: string[]) => Promise<number> | number }} Task */

/** @type {Record<string, Task>} */
const tasks = {
  demo: {
    programs: ['ffmpeg', 'browser', 'fonts'],
    // Branded browsers take no extension from the command line: the user loads dist/chrome there.
    build: ['chrome', 'chrome-measure', 'relay'],
    run: (args) => tool('bench/demo', args),
  },
  bench: {
    programs: ['ffmpeg', 'chromium', 'fonts'],
    optional: ['firefox', 'rtsp-server'],
    build: ['chrome-measure', 'firefox-measure', 'relay'],
    run: (args) => tool('bench/bench', args),
  },
  faults: {
    programs: ['ffmpeg', 'chromium', 'fonts'],
    optional: ['rtsp-server'],
    build: ['chrome-measure', 'relay'],
    run: (args) => tool('bench/faults', args),
  },
  soak: {
    programs: ['ffmpeg', 'chromium', 'fonts'],
    build: ['chrome-measure', 'relay'],
    run: (args) => tool('bench/soak', args),
  },
  test: {
    programs: ['ffmpeg', 'chromium', 'fonts'],
    optional: ['firefox', 'rtsp-server', 'gstreamer', 'dbus-mock'],
    build: ['chrome', 'firefox', 'chrome-measure', 'firefox-measure', 'relay'],
    run: (args) => tool('scripts/test', args),
  },
  check: { programs: [], build: ['firefox'], run: () => tool('scripts/check', []) },
  build: { programs: [], build: ['chrome', 'firefox', 'relay'], run: () => 0 },
  package: {
    programs: [],
    build: ['chrome', 'firefox', 'relay'],
    run: (args) => tool('scripts/package', args),
  },
  release: { programs: [], build: [], run: (args) => tool('scripts/release', args) },
  lockstep: { programs: [], build: ['relay'], run: lockstep },
};

/** @param {string} message */
function say(message) {
  process.stderr.write(`${message}\n`);
}

/**
 * The program `lockstep` in this process, so that a signal to it reaches the relay, and in the caller's folder, so
 * that relative paths mean what the user sees.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function lockstep(args) {
  const program = `${root}dist/relay/lockstep.js`;
  process.argv = [process.execPath, program, ...args];
  process.chdir(process.env.INIT_CWD ?? process.cwd());
  await import(`file://${program}`);
  return Number(process.exitCode ?? 0);
}

/** npm ci, when the installed packages do not match the lock file. */
function ensurePackages() {
  if (packagesMatch()) return;
  say('Installing npm packages (about 350 MB, half a minute) …');
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    // Its words go where ours go: standard output belongs to the task.
    stdio: ['inherit', process.stderr.fd, 'inherit'],
    cwd: root,
  });
  if (result.status !== 0) {
    throw new Error(
      'npm ci failed. Check the network and that node_modules can be written, then run the command again.',
    );
  }
}

/** By versions, not by times: a checkout that touches the lock file is no reason to install again. */
function packagesMatch() {
  const installedFile = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installedFile)) return false;
  const wanted = readPackages(`${root}package-lock.json`);
  const installed = readPackages(installedFile);
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    // '' is this project. What is optional may be for another system.
    if (path === '' || (optional === true && installed[path] === undefined)) return true;
    return installed[path]?.version === version;
  });
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean }>} path of a package → what stands there
 */
function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/**
 * Bundles a tool and runs it in this process, so that Ctrl-C reaches it once.
 * @param {string} path without its ending, as in `bench/demo`
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function tool(path, args) {
  const { bundleTool } = await import('./bundle-tool.mjs');
  const file = await bundleTool(path);
  /** @type {{ main: (args: string[]) => Promise<number> }} */
  const module = await import(`file://${file}`);
  return module.main(args);
}

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const task = tasks[name];
  if (task === undefined) {
    say(`Unknown task "${name}". Use one of: ${Object.keys(tasks).join(', ')}.`);
    return 2;
  }
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) {
    say(problem);
    return 1;
  }
  ensurePackages();
  await ensurePrograms(task.programs, { say, required: true });
  await ensurePrograms(task.optional ?? [], { say, required: false });
  const { build } = await import('./build.mjs');
  await build(task.build);
  return task.run(args);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error instanceof Error ? error.message : String(error));
    if (process.env.LOCKSTEP_DEBUG && error instanceof Error) say(String(error.stack));
    process.exitCode = 1;
  },
);
