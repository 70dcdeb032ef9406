/** A link that loses packets (lossy-link.py), where the host allows network namespaces: a queue in user space cannot lose any. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Scope } from './cli.ts';
import { inProject } from './root.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = 'rig/lossy-link.py';

export interface LossyLinkSpec {
  /** To the browser. */
  readonly rateKbps: number;
  /** One way. */
  readonly delayMs: number;
  /** Of the packets, each way. */
  readonly lossPercent: number;
}

/** Why this host does not allow it, in a few words; undefined when it does. */
export function lossyLinkProblem(): string | undefined {
  const { status, stderr, error } = spawnSync(PYTHON, [inProject(SCRIPT)], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1));
}

/**
 * Ended with `scope`, and with this process in any case.
 * @param url of a server on loopback, as in http://127.0.0.1:8899
 * @returns the same by the link
 * @throws Error with the reason when the host does not allow it
 */
export async function startLossyLink(url: string, spec: LossyLinkSpec, scope: Scope): Promise<string> {
  const argument = JSON.stringify({ port: Number(new URL(url).port), ...spec });
  // A group of its own: Ctrl-C is this process's to handle, and then comes after what still uses the link.
  const child = spawn(PYTHON, [inProject(SCRIPT), argument], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + String(chunk)).slice(-2000);
  });
  const ended = once(child, 'close');
  scope.defer(async () => {
    child.stdin.end();
    await ended;
  });
  const port = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => Number(line)),
    ended.then(() => {
      throw new Error(`The link that loses packets could not be made: ${errors.trim()}`);
    }),
  ]);
  return `http://127.0.0.1:${port}`;
}
