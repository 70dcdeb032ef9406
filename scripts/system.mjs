/** Finds the system programs that a task needs and installs what is missing, or says how to. */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { findOnPath } from '../rig/on-path.mjs';

/** @typedef {{ what: string, present: () => boolean, apt: string[], hint?: string }} Program */

/** @param {string} name */
const onPath = (name) => findOnPath(name) !== undefined;

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Debian's own python sees Debian's python packages; another one first on PATH may not. */
const DEBIAN_PYTHON = '/usr/bin/python3';

/** Chromium builds that still take --load-extension. Branded Chrome has dropped it. */
const CHROMIUM = ['chromium', 'chromium-browser'];
const BRANDED = ['google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** @type {Record<string, Program>} */
const programs = {
  ffmpeg: {
    what: 'ffmpeg, which encodes the cameras',
    present: () => onPath('ffmpeg') && onPath('ffprobe'),
    apt: ['ffmpeg'],
  },
  chromium: {
    what: 'Chromium, which shows the wall',
    present: () => CHROMIUM.some(onPath),
    apt: ['chromium'],
  },
  browser: {
    what: 'a browser for the wall',
    present: () => [...CHROMIUM, ...BRANDED].some(onPath),
    apt: ['chromium'],
  },
  fonts: {
    what: 'a font for names and clocks in the synthetic pictures',
    present: () => spawnSync('fc-list', [':', 'family'], { encoding: 'utf8' }).stdout?.trim().length > 0,
    apt: ['fonts-dejavu-core', 'fontconfig'],
  },
  firefox: {
    what: 'Firefox, for the tests in it',
    present: () => onPath('firefox-esr') || onPath('firefox'),
    apt: ['firefox-esr'],
  },
  'rtsp-server': {
    what: 'a real RTSP server, for the RTSP cameras of tests and bench',
    present: () =>
      succeeds(DEBIAN_PYTHON, [
        '-c',
        'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer',
      ]),
    apt: [
      'python3-gi',
      'gir1.2-gst-rtsp-server-1.0',
      'gstreamer1.0-plugins-base',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-bad',
      'gstreamer1.0-plugins-ugly',
    ],
  },
  gstreamer: {
    what: 'GStreamer with x264enc, for the tests of that encoder backend',
    present: () =>
      onPath('gst-launch-1.0') &&
      ['x264enc', 'y4mdec', 'mp4mux', 'rtspclientsink'].every((element) =>
        succeeds('gst-inspect-1.0', ['--exists', element]),
      ),
    apt: [
      'gstreamer1.0-tools',
      'gstreamer1.0-plugins-base',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-bad',
      'gstreamer1.0-plugins-ugly',
      'gstreamer1.0-rtsp',
    ],
  },
  'dbus-mock': {
    what: 'a notification service, for the test that a notification reaches the desktop',
    present: () => onPath('dbus-run-session') && succeeds(DEBIAN_PYTHON, ['-c', 'import dbusmock']),
    apt: ['dbus', 'python3-dbusmock'],
  },
};

/**
 * @typedef {object} Host
 * @property {boolean} apt apt-get is there
 * @property {boolean} root this user is root
 * @property {'none' | 'asks' | 'free'} sudo `free`: it works without a password
 * @property {boolean} terminal somebody is there to be asked
 */

/**
 * How missing programs come onto this host. Root and an unattended sudo without password are there to change the
 * system; a person at a terminal is asked before sudo does, whether or not it wants a password.
 * @param {Host} host
 * @returns {{ command: string[], ask: boolean } | undefined} undefined: only say what to install
 */
export function howToInstall({ apt, root, sudo, terminal }) {
  if (!apt) return undefined;
  if (root) return { command: ['apt-get'], ask: false };
  if (sudo === 'none') return undefined;
  if (terminal) return { command: ['sudo', 'apt-get'], ask: true };
  return sudo === 'free' ? { command: ['sudo', '-n', 'apt-get'], ask: false } : undefined;
}

/** @returns {Host} */
function thisHost() {
  const sudo = !onPath('sudo') ? 'none' : succeeds('sudo', ['-n', 'true']) ? 'free' : 'asks';
  return {
    apt: onPath('apt-get'),
    root: process.getuid?.() === 0,
    sudo,
    terminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  };
}

/**
 * Makes sure that each named program is there.
 * @param {string[]} names
 * @param {{ say: (message: string) => void, required: boolean }} options
 * @throws Error naming what is missing and the command that installs it, when `required`
 */
export async function ensurePrograms(names, { say, required }) {
  const missing = names.flatMap((name) => {
    const program = programs[name];
    return program === undefined || program.present() ? [] : [program];
  });
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((program) => program.apt))];
  const list = missing.map((program) => program.what).join('; ');
  const way = howToInstall(thisHost());
  if (way !== undefined && (!way.ask || (await agreed(list, packages)))) {
    say(`Installing ${packages.join(', ')} (${list}) …`);
    const [command = 'apt-get', ...prefix] = way.command;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    /** @type {import('node:child_process').SpawnSyncOptions} */
    const options = { stdio: ['ignore', 'ignore', 'inherit'], env };
    spawnSync(command, [...prefix, 'update', '-qq'], options);
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
    spawnSync(command, [...prefix, ...install], options);
  }
  const still = missing.filter((program) => !program.present()).map((program) => program.what);
  if (still.length === 0) return;
  if (!required) {
    say(`Not installed: ${still.join('; ')}. What needs it will be reported as skipped.`);
    return;
  }
  throw new Error(
    `Missing: ${still.join('; ')}.\nInstall it with "sudo apt-get install ${packages.join(' ')}" (or your system's way), then run this again.`,
  );
}

/**
 * @param {string} list what is missing, in words
 * @param {readonly string[]} packages
 */
async function agreed(list, packages) {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Missing: ${list}. Install ${packages.join(', ')} with sudo? [Y/n] `);
  prompt.close();
  return !/^n/i.test(answer.trim());
}
