/** A camera's password: from the environment, from standard input, or typed; never an argument, which others can read. */
import type { CliContext } from './context.ts';
import { CliError } from './output.ts';

const VARIABLE = 'LOCKSTEP_CAMERA_PASSWORD';
/** Long enough for any camera; who pipes a film in here has made a mistake. */
const MAX_CHARS = 1_000;

export interface PasswordOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
}

/**
 * What was given with the command; undefined when nothing was.
 * @throws CliError when standard input holds none
 */
export async function givenPassword(
  { env, stdin }: CliContext,
  { passwordStdin = false }: PasswordOptions,
): Promise<string | undefined> {
  if (!passwordStdin) return env[VARIABLE] === '' ? undefined : env[VARIABLE];
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MAX_CHARS) break;
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '' || line.length > MAX_CHARS)
    throw new CliError(
      'standard input holds no password.',
      'Write it on one line, as in `… --password-stdin < file`.',
    );
  return line;
}

/** @throws CliError */
export const noPassword = (user: string): CliError =>
  new CliError(
    `the password of "${user}" is not known, and there is no terminal to ask for it.`,
    `Put it into the environment as ${VARIABLE}, or write it to standard input with --password-stdin.`,
  );
