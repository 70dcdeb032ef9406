/** Where figures come from: commit, versions, machine, and how busy it was before and during the measurement. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBrowser } from './browser.ts';
import { firefoxPath } from './firefox.ts';
import { type HostLoad, HostMeter } from './host-load.ts';
import { inProject } from './root.ts';

interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGib: number;
  readonly kernel: string;
}

export interface Provenance {
  /** Of the project; with `+changes` when files differ from it. */
  readonly commit: string;
  /** When the measurement ended, as in 2026-11-26T20:15:00Z. */
  readonly date: string;
  readonly versions: Readonly<
    Record<'node' | 'chromium' | 'firefox' | 'ffmpeg' | 'mediamtx' | 'go2rtc' | 'hlsJs', string>
  >;
  readonly machine: Machine;
  readonly load: { readonly before: HostLoad; readonly during: HostLoad };
}

const LOOK_BEFORE_MS = 2_000;

/** Looks how busy the host is before anything starts; the returned function tells the rest at the end. */
export async function beginProvenance(): Promise<() => Provenance> {
  const idle = new HostMeter();
  await sleep(LOOK_BEFORE_MS);
  const before = idle.load();
  const meter = new HostMeter();
  const commit = commitNow();
  return () => ({
    commit,
    date: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    versions: {
      node: process.versions.node,
      chromium: versionOf(findBrowser()?.path, '--version'),
      firefox: versionOf(firefoxPath(), '--version'),
      ffmpeg: versionOf('ffmpeg', '-version'),
      mediamtx: versionOf('mediamtx', '--version'),
      go2rtc: versionOf('go2rtc', '--version'),
      hlsJs: hlsJsVersion(),
    },
    machine: {
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGib: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    load: { before, during: meter.load() },
  });
}

/** Files that a measurement itself writes do not make it one of another commit. */
export function commitNow(): string {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: inProject(), encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git('rev-parse', '--short=10', 'HEAD');
  if (commit === undefined) return 'unknown';
  const changes = git('status', '--porcelain', '--', '.', ':!bench/results', ':!docs', ':!README.md');
  return changes === '' ? commit : `${commit}+changes`;
}

/** The first number with dots in what a program says of itself; `none` when it cannot be run. */
function versionOf(program: string | undefined, option: string): string {
  if (program === undefined) return 'none';
  const { status, stdout } = spawnSync(program, [option], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? (/\d+(\.\d+)+\S*/.exec(stdout)?.[0] ?? 'unknown') : 'none';
}

function hlsJsVersion(): string {
  const { version }: { version?: unknown } = JSON.parse(
    readFileSync(inProject('node_modules/hls.js/package.json'), 'utf8'),
  );
  return String(version);
}
