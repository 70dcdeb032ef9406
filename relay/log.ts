/**
 * The relay's log: JSON lines on stderr, or readable lines when stderr is a terminal. Every string that is
 * written passes {@link redact}, whether it is a message, a field, a child's binding or an error's stack.
 * What is worth a line is decided by the callers; results for people go to stdout (cli/output.ts).
 */
import { type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

/** A pino logger. Parts of the relay take `log.child({ area })`, a camera's parts `log.child({ camera })`. */
export type Log = Logger;

const HIDDEN = '***';

/**
 * Patterns that hold a secret, with what remains of them. Rather too much is hidden than too little: between
 * `//` and the last `@` before a blank everything goes, since passwords may hold `/`, `:` and `@` unescaped.
 */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\/\/\S*@/g, `//${HIDDEN}@`],
  [/(\b(?:proxy-)?authorization\b["']?\s*[:=]\s*)[^\r\n]+/gi, `$1${HIDDEN}`],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{8,}=*/gi, `$1${HIDDEN}`],
  [
    /((?<![A-Za-z])(?:token|session|secret|password|passwd|pass|pwd)=)(?:"[^"]*"|'[^']*'|[^\s&;,"']+)/gi,
    `$1${HIDDEN}`,
  ],
  [/("(?:token|session|secret|password|passwd|pwd)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi, `$1"${HIDDEN}"`],
];

/** Fields whose value is hidden whatever it looks like. */
const SECRET_FIELD = /^(?:token|session|secret|password|passwd|pwd|authorization)$/i;

/** Hides the user information of URLs, `Authorization` headers, and the values of `token=`, `password=` and the like. */
export function redact(text: string): string {
  return SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** The finished line is taken apart again: this one place sees messages, fields, bindings and errors alike. */
function redactLine(line: string): string {
  const fields: unknown = JSON.parse(line);
  return `${JSON.stringify(fields, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    return SECRET_FIELD.test(key) ? HIDDEN : redact(value);
  })}\n`;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Where lines go; the program passes its stderr. */
  readonly stream: NodeJS.WritableStream;
  /** Who reads them: a program by default, which gets JSON. */
  readonly reader?: 'program' | 'terminal' | 'journal';
}

/** As sd-daemon(3) has it: the journal takes the level from the beginning of a line, and has the time itself. */
const JOURNAL_LEVELS: Readonly<Record<string, string>> = {
  debug: '<7>',
  info: '<6>',
  warn: '<4>',
  error: '<3>',
};

/** Builds the root logger. */
export function createLog({ level, stream, reader = 'program' }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: redactLine },
    },
    // A stream, not a `transport`: worker files do not survive bundling into one file.
    reader === 'program' ? stream : pretty({ sync: true, destination: stream, ...LOOKS[reader] }),
  );
}

const LOOKS: Readonly<Record<'terminal' | 'journal', pretty.PrettyOptions>> = {
  terminal: { colorize: true, translateTime: 'HH:MM:ss.l' },
  journal: {
    colorize: false,
    // Before all it would write the process number, and the level has to stand there.
    ignore: 'time,level,pid',
    singleLine: true,
    messageFormat: ({ level, msg, pid }) =>
      `${JOURNAL_LEVELS[String(level)] ?? ''}${String(msg)}${pid === undefined ? '' : ` (process ${String(pid)})`}`,
  },
};
