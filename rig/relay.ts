/** Starts the built relay as a user would: a configuration file, the command line, its own data folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { stringify } from 'yaml';
import { endChild } from './end-child.ts';
import { inProject } from './root.ts';
import { type RecordedProcess, recordedProcesses } from './run-records.ts';

/** The relay's command line as it ships, by `npm run build`. */
export const RELAY_PROGRAM = inProject('dist/relay/lockstep.js');
const OTHER_CLOCK = inProject('rig/other-clock.mjs');
const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 8_000;

export interface RunningRelay {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to stderr so far. */
  readonly log: () => string;
  /** A fresh pairing code, from `lockstep pair`. */
  pairingCode(): Promise<string>;
  /** Its child processes by its own records, as in `camera cam1`. */
  children(): readonly RecordedProcess[];
  /** Sets the clock of its host by `stepMs`. Only with `clock`. */
  setClock(): void;
  /** Heap and buffers that are still in use after a forced collection, in bytes. Only with `inspect`. */
  liveBytes(): Promise<number>;
  /**
   * Gives it another configuration while it runs, by `lockstep reload`; its address and data stay.
   * @returns what the command wrote
   * @throws Error with what the command wrote, when it fails
   */
  reload(config: Record<string, unknown>): Promise<string>;
  /** Ends it, does `meanwhile`, and starts it again at the same address, with the same data. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export interface RelayRigOptions {
  /** A folder that is kept, so that the next relay of this rig has the same tokens; default is one that goes with it. */
  readonly folder?: string;
  /** Opens Node's inspector on a free loopback port, to look at the relay's memory. */
  readonly inspect?: boolean;
  /** A host whose clock is this far ahead of the true one, and may be set by `stepMs`. */
  readonly clock?: { readonly aheadMs: number; readonly stepMs: number };
}

/**
 * @param config the configuration as an object; `dataDir` and a free port are filled in
 * @throws Error with the relay's own words when it ends before it is ready
 */
export async function startRelay(
  config: Record<string, unknown>,
  options: RelayRigOptions = {},
): Promise<RunningRelay> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'lockstep-rig-')));
  const file = join(folder, 'lockstep.yaml');
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700, recursive: true });
  let server = { port: 0, ...(config.server as Record<string, unknown> | undefined) };
  await writeFile(file, stringify({ ...config, dataDir, server }));
  const { clock } = options;
  const clockArgs = clock === undefined ? [] : ['--import', OTHER_CLOCK];
  const env = {
    ...process.env,
    ...(clock === undefined
      ? {}
      : { RIG_CLOCK_AHEAD_MS: `${clock.aheadMs}`, RIG_CLOCK_STEP_MS: `${clock.stepMs}` }),
  };
  const nodeArgs = [...(options.inspect === true ? ['--inspect=127.0.0.1:0'] : []), ...clockArgs];
  let output = '';
  let log = '';
  const launch = (): ChildProcess => {
    const started = spawn(process.execPath, [...nodeArgs, RELAY_PROGRAM, 'run', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    output = '';
    started.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    started.stderr.on('data', (chunk) => {
      log = (log + String(chunk)).slice(-200_000);
    });
    return started;
  };
  const started = (): Promise<string> =>
    ready(
      child,
      () => output,
      () => log,
    );
  let child = launch();
  const stop = async (): Promise<void> => {
    await endChild(child, STOP_WITHIN_MS);
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await started();
    return {
      url,
      get pid() {
        return child.pid ?? 0;
      },
      log: () => log,
      children: () => recordedProcesses(dataDir),
      setClock: () => child.kill('SIGUSR2'),
      liveBytes: () => liveBytes(log),
      async pairingCode() {
        // The code's age is told by the host's clock.
        const program = [...clockArgs, RELAY_PROGRAM, 'pair', '--config', file, '--json'];
        const { stdout } = await promisify(execFile)(process.execPath, program, { env });
        const parsed: unknown = JSON.parse(stdout);
        if (typeof parsed === 'object' && parsed !== null && 'code' in parsed) return String(parsed.code);
        throw new Error(`lockstep pair --json printed no code: ${stdout}`);
      },
      async reload(next) {
        await writeFile(file, stringify({ ...next, dataDir, server }));
        const program = [RELAY_PROGRAM, 'reload', '--config', file];
        return (await promisify(execFile)(process.execPath, program)).stdout;
      },
      async restart(meanwhile) {
        const { port } = new URL(url);
        server = { ...server, port: Number(port) };
        await writeFile(file, stringify({ ...config, dataDir, server }));
        await endChild(child, STOP_WITHIN_MS);
        try {
          await meanwhile();
        } finally {
          child = launch();
          await started();
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(child: ChildProcess, output: () => string, log: () => string): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`The relay ended with code ${child.exitCode}:\n${log()}${output()}`);
    const found = /https?:\/\/[\d.a-z:[\]]+/i.exec(output());
    if (found !== null) {
      const answer = await fetch(`${found[0]}/health`).catch(() => undefined);
      if (answer?.ok === true) return found[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The relay was not ready within ${READY_WITHIN_MS / 1000} s:\n${log()}${output()}`);
}

const usageSchema = v.object({ result: v.object({ result: v.object({ value: v.number() }) }) });

/** Collects garbage through the inspector, then reads what is left (https://chromedevtools.github.io/devtools-protocol/v8/). */
async function liveBytes(log: string): Promise<number> {
  const address = /Debugger listening on (ws:\S+)/.exec(log)?.[1];
  if (address === undefined) throw new Error('The relay was not started with its inspector.');
  const socket = new WebSocket(address);
  await once(socket, 'open');
  try {
    const ask = async (id: number, method: string, params: object): Promise<unknown> => {
      socket.send(JSON.stringify({ id, method, params }));
      for (;;) {
        const [data] = await once(socket, 'message');
        const answer: unknown = JSON.parse(String(data));
        if (typeof answer === 'object' && answer !== null && 'id' in answer && answer.id === id)
          return answer;
      }
    };
    await ask(1, 'HeapProfiler.collectGarbage', {});
    const expression = 'process.memoryUsage().heapUsed + process.memoryUsage().external';
    return v.parse(usageSchema, await ask(2, 'Runtime.evaluate', { expression, returnByValue: true })).result
      .result.value;
  } finally {
    socket.close();
  }
}
