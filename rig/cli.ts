/** What demo, bench and soak share on the command line: number parsing, errors in one line, Ctrl-C that cleans up. */
import { type Command, CommanderError, InvalidArgumentError } from 'commander';

/** Parser for an option that is a whole number inside a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/**
 * Those of a list that the user named, in its order; all when there are none.
 * @throws Error that names an unknown one and those that there are
 */
export function chosen<T extends string>(
  names: readonly string[],
  all: readonly T[],
  what: string,
): readonly T[] {
  for (const name of names) {
    if (!all.some((known) => known === name))
      throw new Error(`Unknown ${what} "${name}". Use: ${all.join(', ')}.`);
  }
  return names.length === 0 ? all : all.filter((name) => names.includes(name));
}

/** Runs a command; a usage error gives 2, a failure its sentence and 1. */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  command.exitOverride();
  try {
    await command.parseAsync([...args], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    say(error instanceof Error ? error.message : String(error));
    if (process.env.LOCKSTEP_DEBUG !== undefined && error instanceof Error) say(String(error.stack));
    return 1;
  }
}

/** Progress for people; figures go to stdout. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** The first lines of what went wrong, as half a sentence in a row: whole stacks belong nowhere. */
export function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').slice(0, 3).join(' ');
}

/** Lifetime of one command: what it started, and whether the user wants it to end. */
export interface Scope {
  readonly aborted: AbortSignal;
  /** Registers a clean-up; they run newest first. */
  defer(stop: () => Promise<void>): void;
}

/**
 * Runs `work` with an abort signal that the first Ctrl-C, SIGTERM or closed terminal raises; always runs the clean-ups that
 * `work` registered, newest first. A second Ctrl-C ends the process at once.
 */
export async function withCleanup<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const stops: (() => Promise<void>)[] = [];
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    say('\nStopping …');
    controller.abort(new Error('Interrupted.'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  try {
    return await work({ aborted: controller.signal, defer: (stop) => stops.push(stop) });
  } finally {
    for (const stop of stops.reverse()) {
      await stop().catch((error: unknown) =>
        say(`While stopping: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('SIGHUP', interrupt);
  }
}
