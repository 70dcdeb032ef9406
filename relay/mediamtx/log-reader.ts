/**
 * Reads what MediaMTX prints: its log on stdout, panics on stderr. Pure. Lines are given on without secrets; the
 * last error is kept as the reason of an exit. Nothing depends on a phrase, since wording changes between releases.
 */
import { redact } from '../log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
}

const LEVELS: Readonly<Record<string, LogLine['level']>> = {
  DEB: 'debug',
  INF: 'info',
  WAR: 'warn',
  ERR: 'error',
};
const MAX_LINE_CHARS = 1_000;

export class LogReader {
  readonly #secrets: readonly string[];
  #rest = '';
  #lastError: string | undefined;

  /** @param secrets cut out of every line */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** The last line that told an error, for a sentence; undefined when there was none. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  push(text: string): LogLine[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    return lines.filter((line) => line.trim() !== '').map((line) => this.#read(line));
  }

  #read(raw: string): LogLine {
    const line = this.#clean(raw.trim().slice(0, MAX_LINE_CHARS));
    const { level, text } = parseLine(line);
    if (level === 'error') this.#lastError = text;
    return { level, text };
  }

  #clean(line: string): string {
    return redact(
      this.#secrets.reduce(
        (rest, secret) => rest.replaceAll(`${secret}/`, '').replaceAll(secret, '***'),
        line,
      ),
    );
  }
}

/** `2026/03/01 12:00:00 ERR [HLS] …`, `ERR: …` before there is a log, Go's `panic: …` and `fatal error: …`; anything else is information. */
function parseLine(line: string): LogLine {
  const [, level = '', text = ''] =
    /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?([A-Z]{3}):? (.*)$/.exec(line) ?? [];
  const known = LEVELS[level];
  if (known !== undefined) return { level: known, text };
  return { level: /^(?:panic|fatal error): /.test(line) ? 'error' : 'info', text: line };
}
