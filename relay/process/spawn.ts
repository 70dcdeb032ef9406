/**
 * The edge to the operating system: starts a program in its own process group, without a shell and with a
 * minimal environment, and turns its end into one {@link Ending}. When to start and kill it is the supervisor's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { kill } from 'node:process';
import { Readable, type Writable } from 'node:stream';
import type { Timers } from '../../src/wire/ports.ts';
import {
  type Child,
  type ChildEvents,
  type ChildInput,
  type ChildSpec,
  FIRST_OUTPUT,
  type SpawnChild,
  type StartChild,
} from './child.ts';
import type { Ending } from './ending.ts';
import { beNice } from './niceness.ts';
import { spawnPair } from './pair.ts';

/**
 * All that a child sees of our environment: where programs, libraries, drivers, fonts and the time zone are. Secrets
 * stay out, and so does what would change a program's behaviour (FFREPORT, GST_DEBUG, http_proxy, LD_PRELOAD). Who
 * may set LD_LIBRARY_PATH here may set PATH as well. LIBVA_*: drivers for VA-API (libva, va/va.c); GST_PLUGIN_PATH:
 * plugins outside the system's folders.
 */
const ENV_KEYS = [
  ...['PATH', 'HOME', 'TZ', 'FONTCONFIG_PATH', 'FONTCONFIG_FILE', 'XDG_CACHE_HOME'],
  ...['LD_LIBRARY_PATH', 'LIBVA_DRIVER_NAME', 'LIBVA_DRIVERS_PATH', 'GST_PLUGIN_PATH'],
];
/** Output pipes that a stray grandchild outside the group holds open are given up after this. */
const DRAIN_MS = 500;

export interface SpawnDeps {
  /** Our own environment, of which the child sees {@link ENV_KEYS}. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timers: Timers;
}

export function createSpawn({ env, timers }: SpawnDeps): SpawnChild {
  const childEnv: Record<string, string> = { LC_ALL: 'C' };
  for (const key of ENV_KEYS) {
    const value = env[key];
    if (value !== undefined) childEnv[key] = value;
  }
  const start: StartChild = (spec, events, pipe) =>
    spawnChild(spec, events, { ...pipe, env: childEnv, timers });
  return (spec, events) =>
    spec.feed === undefined
      ? start(spec, events, {})
      : spawnPair({ ...spec, feed: spec.feed }, events, start);
}

type Surroundings = Parameters<StartChild>[2] & {
  readonly env: Record<string, string>;
  readonly timers: Timers;
};

function spawnChild(spec: ChildSpec, events: ChildEvents, around: Surroundings): Child {
  const outputs = Array.from({ length: spec.outputs ?? 0 }, (_, n) => FIRST_OUTPUT + n);
  const child = spawn(spec.program, [...spec.args], {
    shell: false,
    detached: true,
    cwd: spec.cwd,
    env: around.env,
    stdio: [
      around.from ?? (spec.stdin === undefined && spec.streamed !== true ? 'ignore' : 'pipe'),
      'pipe',
      'pipe',
      'pipe',
      ...outputs.map(() => 'pipe' as const),
    ],
  });
  const [, stdout, stderr, control] = child.stdio;
  readText(stderr, events.onStderr);
  if (control instanceof Readable) readText(control, events.onControl);
  if (around.to === undefined) stdout?.on('data', (chunk: Buffer) => events.onStdout(chunk));
  else if (child.pid !== undefined && stdout instanceof Readable) around.to(stdout);
  for (const fd of outputs) {
    const output = child.stdio[fd];
    if (output instanceof Readable) output.on('data', (chunk: Buffer) => events.onOutput?.(fd, chunk));
  }
  // A child that dies early breaks the pipe; its ending tells why.
  child.stdin?.on('error', () => undefined);
  if (spec.streamed !== true) child.stdin?.end(spec.stdin);
  if (spec.niceness !== undefined && child.pid !== undefined)
    beNice(
      child.pid,
      spec.niceness,
      around.timers,
      () => child.exitCode === null && child.signalCode === null,
    );
  watchEnd(child, spec.program, around.timers, events.onEnded);
  return {
    pid: child.pid,
    input: spec.streamed === true && child.stdin !== null ? inputOf(child.stdin) : undefined,
    signal: (signal) => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        signalGroup(child.pid, signal);
      }
    },
  };
}

const inputOf = (stdin: Writable): ChildInput => ({
  write: (bytes) => !stdin.writable || stdin.write(bytes),
  onDrained: (listener) => void stdin.on('drain', listener),
  get pendingBytes() {
    return stdin.writableLength;
  },
});

function watchEnd(
  child: ChildProcess,
  program: string,
  timers: Timers,
  onEnded: (ending: Ending) => void,
): void {
  let ending: Ending | undefined;
  let told = false;
  const tell = (value: Ending): void => {
    if (told) return;
    told = true;
    onEnded(value);
  };
  child.once('error', (error) => {
    if (child.pid !== undefined) return; // A failed kill; the exit event follows.
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    tell({ kind: 'not-started', code, program });
  });
  child.once('exit', (code, signal) => {
    ending = signal === null ? { kind: 'exit', code: code ?? -1 } : { kind: 'signal', signal };
    const final = ending;
    // Whatever the leader left behind in its group goes with it, and with it the ends of our pipes.
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    timers.after(DRAIN_MS, () => tell(final));
  });
  child.once('close', () => {
    if (ending !== undefined) tell(ending);
  });
}

/** Signals a process group; a group that is already gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function readText(stream: Readable | null, onText: (text: string) => void): void {
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => onText(text));
  stream?.on('error', () => undefined);
}
