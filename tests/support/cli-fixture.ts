/** Runs the command line as it is built, as a child process with its own home and working folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RELAY_PROGRAM } from '../../rig/relay.ts';

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  /** Resolves once stdout has this many lines, with what it has. @throws Error when the program ends before */
  lines(count: number): Promise<string>;
  readonly ended: Promise<CliResult>;
}

export class CliFixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  readonly dataDir = join(this.folder, 'state', 'lockstep');
  readonly #running = new Set<RunningCli>();

  constructor() {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
  }

  /** Writes a file into the working folder. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
    const child = spawn(process.execPath, [RELAY_PROGRAM, ...args], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: this.folder,
        XDG_STATE_HOME: join(this.folder, 'state'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let wake = (): void => undefined;
    let over = false;
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      wake();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<CliResult>((resolve) => {
      child.once('close', (exitCode) => {
        over = true;
        wake();
        this.#running.delete(running);
        resolve({ exitCode, stdout, stderr });
      });
    });
    const running: RunningCli = {
      process: child,
      ended,
      lines: (count) =>
        new Promise((resolve, reject) => {
          wake = () => {
            if (stdout.split('\n').length > count) resolve(stdout);
            else if (over) reject(new Error(`ended after: ${stdout}${stderr}`));
          };
          wake();
        }),
    };
    this.#running.add(running);
    return running;
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    return this.spawn(args, env).ended;
  }

  /** Ends what still runs and removes the folder. */
  async stop(): Promise<void> {
    for (const { process: child, ended } of [...this.#running]) {
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
