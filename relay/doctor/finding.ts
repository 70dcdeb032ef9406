/** What the doctor says about one thing. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at: a key of the configuration, a camera, a program. */
  readonly where: string;
  /** What was found: a sentence without its full stop. Never holds a secret. */
  readonly what: string;
  /** What to do about it; empty when all is well. */
  readonly fix: string;
}

export const ok = (where: string, what: string): Finding => ({ level: 'ok', where, what, fix: '' });
export const warn = (where: string, what: string, fix: string): Finding => ({
  level: 'warn',
  where,
  what,
  fix,
});
export const fail = (where: string, what: string, fix: string): Finding => ({
  level: 'fail',
  where,
  what,
  fix,
});
