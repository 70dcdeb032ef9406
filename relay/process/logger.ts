/** The narrow logger port of the parts that run programs; a pino logger fits it. */

type Write = (fields: Record<string, unknown>, message: string) => void;

export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
