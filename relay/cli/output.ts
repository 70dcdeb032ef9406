/** How results and errors look on the command line. Results go to stdout, errors and logs to stderr. */
import { ConfigError, type ConfigProblem } from '../config/problem.ts';
import type { Finding } from '../doctor/finding.ts';
import { redact } from '../log.ts';

/** Documented in `lockstep --help`. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error for people: one sentence, then what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** The text for stderr: a stack only when asked for. */
export function errorText(error: unknown, verbose: boolean): string {
  const stack = verbose && error instanceof Error ? `\n${error.stack ?? ''}\n` : '';
  if (error instanceof ConfigError) {
    const count = error.problems.length === 1 ? '1 problem' : `${error.problems.length} problems`;
    return redact(`${error.message}\n${count} in the configuration.\n${stack}`);
  }
  const message = error instanceof Error ? error.message : String(error);
  const fix =
    error instanceof CliError ? error.fix : verbose ? '' : 'Run it again with --verbose for details.';
  return redact(`error: ${message}\n${fix === '' ? '' : `${fix}\n`}${stack}`);
}

/** Rows in columns, two blanks between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One line per finding, and its advice indented below. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ where }) => where.length));
  return findings
    .map(({ level, where, what, fix }) => {
      const line = `${level.padEnd(4)}  ${where.padEnd(width)}  ${what}.\n`;
      return fix === '' ? line : `${line}${' '.repeat(width + 8)}${fix}\n`;
    })
    .join('');
}

/** A problem of the configuration as a finding of the doctor. */
export function problemFinding({ file, line, key, what, fix }: ConfigProblem): Finding {
  const place = line === undefined ? file : `${file}:${line}`;
  return { level: 'fail', where: place, what: key === '' ? what : `${key} ${what}`, fix };
}
