/** The end of a program that was started for a test or a figure. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

/** Resolves when it has ended: asked to at first, by force after `withinMs`. May be called twice. */
export async function endChild(child: ChildProcess, withinMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await ended;
  clearTimeout(force);
}

const BROWSER_WITHIN_MS = 5_000;

/** The same of a browser with a profile of its own, which goes with it. */
export async function endBrowser(child: ChildProcess, profile: string): Promise<void> {
  await endChild(child, BROWSER_WITHIN_MS);
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
