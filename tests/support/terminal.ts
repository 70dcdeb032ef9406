/** A program on a terminal of its own, by script(1) of util-linux, typed at by the test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Undefined when there are terminals, else what is missing: for the name of a skipped test. */
export function terminalMissing(): string | undefined {
  return spawnSync('script', ['--version']).status === 0 ? undefined : 'script(1) is not installed';
}

/** What it shows, and what is typed when it does; in this order. */
export type Step = readonly [shown: string, typed: string];

export interface TerminalEnd {
  readonly exitCode: number | null;
  /** All that it showed, without colours and movements. */
  readonly shown: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what terminals are steered by.
const STEERING = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Between what is shown and what is typed: the program first has to listen. */
const PAUSE_MS = 200;

/** It hangs when it takes longer. */
const LIMIT_MS = 40_000;

export async function onTerminal(
  command: readonly string[],
  steps: readonly Step[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<TerminalEnd> {
  // Without a size of its own a terminal is no column wide.
  const line = `stty rows 50 cols 120; exec ${command.map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], options);
  const left = [...steps];
  let shown = '';
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const step = left[0];
    if (step === undefined || !shown.slice(from).replace(STEERING, '').includes(step[0])) return;
    left.shift();
    from = shown.length;
    setTimeout(() => child.stdin.write(step[1]), PAUSE_MS);
  });
  const limit = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS);
  const [exitCode] = await once(child, 'close');
  clearTimeout(limit);
  if (left.length > 0)
    throw new Error(`never shown: ${left[0]?.[0]}; it was: ${shown.replace(STEERING, '')}`);
  return { exitCode, shown: shown.replace(STEERING, '') };
}
