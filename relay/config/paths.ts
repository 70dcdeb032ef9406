/** Where the relay keeps what it must remember. */
import { mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** $XDG_STATE_HOME/lockstep, else ~/.local/state/lockstep. A relative XDG path is ignored, as its specification asks. */
export function defaultDataDir(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const state = env.XDG_STATE_HOME;
  const base = state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state');
  return join(base, 'lockstep');
}

/**
 * Creates the folder for its owner alone (0700) and the folders above it; one that exists keeps its mode.
 * @throws the system's error when it cannot
 */
export function ensureDataDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
