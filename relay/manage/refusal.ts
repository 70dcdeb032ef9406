/** Why a command that changes cameras was not carried out, as the browser hears it. */
import { ConfigError } from '../config/problem.ts';
import type { CommandError } from '../edge/commands.ts';
import { redact } from '../log.ts';
import { ChangedMeanwhile } from '../setup/write-config.ts';
import { YamlShapeError } from '../setup/yaml-cameras.ts';

/** Thrown with what the browser is answered. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: CommandError;

  constructor(error: CommandError) {
    super(error.message);
    this.error = error;
  }
}

/** @param field the parameter that is wrong. @param message a sentence with what to do */
export const badValue = (field: string, message: string): Refusal =>
  new Refusal({ code: 'bad-value', field, message });

/** What fits into a field of the protocol. */
const MAX_TEXT = 500;
export const fitting = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;

const MAX_PROBLEMS = 2;

/**
 * What the browser is told of an error. Those that nobody expected are thrown on.
 * @param file the configuration, as it was named to the relay
 */
export function refusalOf(error: unknown, file: string): CommandError {
  if (error instanceof Refusal) return error.error;
  if (error instanceof ChangedMeanwhile)
    return { code: 'changed-meanwhile', message: fitting(`${file} ${MEANWHILE}`) };
  if (error instanceof YamlShapeError) return { code: 'configuration', message: fitting(error.message) };
  if (error instanceof ConfigError) {
    const problems = error.problems.slice(0, MAX_PROBLEMS);
    const told = problems.map(({ line, key, what, fix }) => {
      const place = line === undefined ? file : `${file}, line ${line}`;
      return `${place}: ${key === '' ? '' : `${key} `}${what}. ${fix}`;
    });
    return { code: 'configuration', message: fitting(redact(`Nothing was changed. ${told.join(' ')}`)) };
  }
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    const message = `${file} cannot be written (${String(error.code)}), so nothing was changed. ${GIVE_RIGHTS}`;
    return { code: 'configuration', message: fitting(message) };
  }
  throw error;
}

const MEANWHILE =
  'was changed by somebody else meanwhile, so nothing was written. Look at the list as it is now, and try again.';

/** What to do where the relay may not write its configuration. */
export const GIVE_RIGHTS =
  'Change it on the relay’s host, or let the user that runs the relay write it and its folder: docs/security.md.';
