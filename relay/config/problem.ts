/** What is wrong with a configuration file, as one line per problem for a person. */

export type Path = readonly (string | number)[];

export interface ConfigProblem {
  /** The file as the user named it. */
  readonly file: string;
  /** 1-based; undefined when the file as a whole is meant. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Full key, as in `cameras[1].source.url`; empty for the file as a whole. */
  readonly key: string;
  /** What is wrong: what is allowed, and what was found. Never holds a secret. */
  readonly what: string;
  /** What to do about it: a sentence. */
  readonly fix: string;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(sentence).join('\n'));
    this.problems = problems;
  }
}

/** `cameras`, 1, `source`, `url` → `cameras[1].source.url` */
export function keyOf(path: Path): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${part}]`;
    return key === '' ? part : `${key}.${part}`;
  }, '');
}

function sentence({ file, line, column, key, what, fix }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${key === '' ? '' : `${key} `}${what}. ${fix}`;
}
