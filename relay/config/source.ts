/**
 * The configuration file as text: reads it, parses YAML with its line numbers, and turns what the parser reports
 * into sentences. The parser's own messages are not shown: some repeat a piece of the file, which may be a password.
 */
import { readFileSync, statSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { ConfigError, type ConfigProblem, type Path } from './problem.ts';

/** Far above any real configuration: a wrong file is refused before it is parsed. */
const MAX_FILE_BYTES = 1024 * 1024;
/** References (`*name`) that are followed: keeps a small file from growing into gigabytes. */
const MAX_ALIASES = 100;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Source {
  /** The file as the user named it. */
  readonly file: string;
  readonly data: unknown;
  /** Where the value at `path` stands, or its nearest enclosing group. */
  place(path: Path): Place;
  /** Where the key itself stands that `path` ends with. */
  keyPlace(path: Path): Place;
}

const NAMELESS = 'a value starts with * or &, which YAML reads as a reference, but it names nothing';

/** Parser code → what is wrong, and what to do. */
const SYNTAX: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  TAB_AS_INDENT: ['a tab indents this line', 'Indent with blanks'],
  BAD_INDENT: [
    'the indentation does not fit the lines around it',
    'Align it with its group, and close every bracket',
  ],
  MISSING_CHAR: [
    'a quote, bracket, comma or colon is missing',
    'Add it; it may belong at the end of the line before',
  ],
  BLOCK_AS_IMPLICIT_KEY: ['a second key stands on the line', 'Put a value that holds ": " in quotes'],
  BAD_SCALAR_START: ['a value starts with a character that YAML keeps for itself', 'Put the value in quotes'],
  MULTIPLE_DOCS: ['a second document starts here', 'Remove the line of dashes'],
  BAD_ALIAS: [NAMELESS, 'Put the value in quotes'],
  TAG_RESOLVE_FAILED: ['a value starts with ! which is a YAML tag', 'Put the value in quotes'],
  BAD_DQ_ESCAPE: [
    'a backslash starts an escape that YAML does not know',
    'Double the backslash, or use single quotes',
  ],
};

/** @throws ConfigError when the file cannot be read, is empty or is no YAML */
export function readSource(file: string): Source {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    resolveKnownTags: false,
  });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = [...document.errors, ...document.warnings].map(
    ({ code, pos: [offset] }): ConfigProblem => {
      const [what, fix] =
        code === 'DUPLICATE_KEY'
          ? [`the key "${wordAt(text, offset)}" stands twice in one group`, 'Remove one of the two']
          : (SYNTAX[code] ?? [
              `this is not YAML (${code})`,
              'Correct the line; values with special characters need quotes',
            ]);
      return { file, ...at(offset), key: '', what, fix: `${fix}.` };
    },
  );
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) !== undefined) return;
      problems.push({
        file,
        ...at(node.range?.[0] ?? 0),
        key: '',
        what: NAMELESS,
        fix: 'Put the value in quotes.',
      });
    },
  });
  if (problems.length > 0) throw new ConfigError(problems);
  if (document.contents === null) {
    throw whole(file, 'is empty', 'Copy docs/lockstep.sample.yaml and change its cameras.');
  }
  const placeOf = (node: Node | null): Place => at(node?.range?.[0] ?? 0);
  return {
    file,
    data: plain(file, document),
    place: (path) => placeOf(nodeAt(document, path)),
    keyPlace: (path) => {
      const parent = nodeAt(document, path.slice(0, -1));
      const pair = isMap(parent) ? parent.items.find(({ key }) => nameOf(key) === path.at(-1)) : undefined;
      return placeOf(isNode(pair?.key) ? pair.key : parent);
    },
  };
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES) {
      throw whole(
        file,
        `has ${size} bytes, more than a configuration can have`,
        'Name the right file with --config.',
      );
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') {
      throw whole(
        file,
        'does not exist',
        'Name the file with --config, or copy docs/lockstep.sample.yaml to start one.',
      );
    }
    if (code === 'EISDIR') throw whole(file, 'is a folder', 'Name the file in it with --config.');
    throw whole(
      file,
      `cannot be read (${code})`,
      'Give the user that runs the relay the right to read it, as in chmod u+r.',
    );
  }
}

function whole(file: string, what: string, fix: string): ConfigError {
  return new ConfigError([{ file, line: undefined, column: undefined, key: '', what, fix }]);
}

function plain(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw whole(file, `follows more than ${MAX_ALIASES} references (*name)`, 'Write the values out.');
  }
}

/** The key that begins at `offset`, without quotes. */
function wordAt(text: string, offset: number): string {
  return /^["']?([^\s:"']*)/.exec(text.slice(offset, offset + 100))?.[1] ?? '';
}

const nameOf = (key: unknown): string => String(isScalar(key) ? key.value : key);

/** The node at `path`, following references; the deepest one that exists when the path does not. */
function nodeAt(document: Document, path: Path): Node | null {
  let node: Node | null = document.contents;
  for (const part of path) {
    const parent: unknown = isAlias(node) ? node.resolve(document) : node;
    let next: unknown;
    if (isSeq(parent) && typeof part === 'number') next = parent.items[part];
    else if (isMap(parent)) next = parent.items.find(({ key }) => nameOf(key) === part)?.value;
    if (!isNode(next)) break;
    node = next;
  }
  return node;
}
