/** Compares a configuration's data with the schema and says in words what does not fit. */
import type * as v from 'valibot';
import { redact } from '../log.ts';
import { nearest } from './nearest.ts';
import { type ConfigProblem, keyOf, type Path } from './problem.ts';
import {
  allowed,
  childOf,
  choicesOf,
  fieldsOf,
  itemOf,
  kindOf,
  limitsOf,
  type Schema,
  unwrap,
  variantsOf,
} from './reflect.ts';
import type { Place, Source } from './source.ts';

const MAX_SHOWN = 60;
const SECRET_KEYS: ReadonlySet<string | number> = new Set(['password']);

/** A value as a message may show it: secrets hidden, long text cut. */
export function shown(value: unknown, path: Path): string {
  const key = path.at(-1) ?? '';
  if (value === null || value === undefined) return 'empty';
  if (SECRET_KEYS.has(key)) return `a ${Array.isArray(value) ? 'list' : typeof value} (hidden)`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value !== 'string') return String(value);
  // An address without // has no place where redact() finds the password: hide all before the last @.
  const safe =
    key === 'url' ? redact(value).replace(/^(?!\w+:\/\/\*\*\*@)([a-z]+:\/*)?.*@/i, '$1***@') : redact(value);
  return JSON.stringify(safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN)}…` : safe);
}

/** A problem at `path`. */
export function problemAt(
  source: Source,
  place: Place,
  path: Path,
  what: string,
  fix: string,
): ConfigProblem {
  return { file: source.file, ...place, key: keyOf(path), what, fix };
}

/** Keys of earlier versions: what takes their place, for the value that they have. */
const REPLACED: Readonly<Record<string, (value: unknown) => string>> = {
  engine: (value) => {
    const enabled = { builtin: 'false', mediamtx: 'true' }[String(value)];
    const instead =
      'media never goes through MediaMTX now, and "mediamtx.enabled" says whether it runs beside them';
    return enabled === undefined
      ? `Remove the line: ${instead} (auto, the default, where a usable one is found).`
      : `Write "mediamtx: {enabled: ${enabled}}" instead: ${instead}.`;
  },
};

/** Every key that the schema does not have. What lies below an unknown key is not looked at. */
export function unknownKeys(source: Source, root: Schema): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  walk(root, source.data, []);
  return problems;

  function walk(schema: Schema, value: unknown, path: Path): void {
    if (Array.isArray(value)) {
      const item = itemOf(schema);
      if (item === undefined) return;
      for (const [index, entry] of value.entries()) walk(item, entry, [...path, index]);
      return;
    }
    const fields = fieldsOf(kindOf(schema, value) ?? schema);
    if (fields === undefined || typeof value !== 'object' || value === null) return;
    const known = [...fields.keys()];
    for (const [key, child] of Object.entries(value)) {
      const at = [...path, key];
      const field = fields.get(key);
      const replaced = path.length === 0 && Object.hasOwn(REPLACED, key) ? REPLACED[key] : undefined;
      if (field !== undefined) walk(field, child, at);
      else if (replaced !== undefined) {
        const what = `is no longer a key, but is ${shown(child, at)}`;
        problems.push(problemAt(source, source.keyPlace(at), at, what, replaced(child)));
      } else {
        problems.push(
          problemAt(source, source.keyPlace(at), at, 'is not a known key', adviceFor(key, known, path)),
        );
      }
    }
  }

  function adviceFor(key: string, known: readonly string[], path: Path): string {
    const near = nearest(key, known);
    if (near !== undefined) return `Did you mean "${near}"?`;
    const elsewhere = allKeys(root, '').find((full) => full.split('.').at(-1) === key);
    if (elsewhere !== undefined) return `Did you mean "${elsewhere}"? Move it there.`;
    return `Known here${path.length === 0 ? '' : ` (${keyOf(path)})`}: ${known.join(', ')}.`;
  }
}

/** Full names of all keys, lists as `cameras[]`. */
function allKeys(schema: Schema, prefix: string): string[] {
  const item = itemOf(schema);
  if (item !== undefined) return allKeys(item, `${prefix}[]`);
  const groups = variantsOf(schema)?.options.values() ?? [schema];
  return [...groups].flatMap((group) =>
    [...(fieldsOf(group) ?? [])].flatMap(([key, child]) => {
      const full = prefix === '' ? key : `${prefix}.${key}`;
      return [full, ...allKeys(child, full)];
    }),
  );
}

/** Everything that `issues` say, once for each key. */
export function schemaProblems(
  source: Source,
  root: Schema,
  issues: readonly v.BaseIssue<unknown>[],
): ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>();
  for (const { issue, path } of issues.flatMap((each) => placed(each, []))) {
    const key = keyOf(path);
    if (!problems.has(key)) problems.set(key, schemaProblem(source, root, issue, path));
  }
  return [...problems.values()];
}

/** Where an issue stands. Of a list that may also be a word, what is wrong inside the list says more. */
function placed(
  issue: v.BaseIssue<unknown>,
  above: Path,
): { readonly issue: v.BaseIssue<unknown>; readonly path: Path }[] {
  const path = [...above, ...pathOf(issue)];
  const inside = (issue.issues ?? []).filter((each) => each.path !== undefined);
  return inside.length === 0 ? [{ issue, path }] : inside.flatMap((each) => placed(each, path));
}

function schemaProblem(source: Source, root: Schema, issue: v.BaseIssue<unknown>, path: Path): ConfigProblem {
  const schema = schemaAt(root, source.data, path);
  const variants =
    schema === undefined ? variantsOf(schemaAt(root, source.data, path.slice(0, -1)) ?? root) : undefined;
  const may =
    schema === undefined ? `one of ${[...(variants?.options.keys() ?? [])].join(', ')}` : allowed(schema);
  const key = String(path.at(-1));
  if (issue.input === undefined) {
    const fix =
      key === 'cameras'
        ? 'Add a list of cameras, as in docs/lockstep.sample.yaml.'
        : `Add a line "${key}: …" here.`;
    return problemAt(source, source.place(path), path, `is missing; it must be ${may}`, fix);
  }
  const choices = variants === undefined ? schema && choicesOf(schema) : [...variants.options.keys()];
  const value = valueAt(source.data, path);
  return problemAt(
    source,
    source.place(path),
    path,
    `must be ${may}, but is ${shown(value, path)}`,
    fixFor(value, schema, choices),
  );
}

function fixFor(value: unknown, schema: Schema | undefined, choices: readonly string[] | undefined): string {
  if (value === null)
    return 'Give it a value or remove the line; a value that starts with # must stand in quotes.';
  if (choices !== undefined) {
    const near = typeof value === 'string' ? nearest(value, choices) : undefined;
    return near === undefined ? 'Choose one of these.' : `Did you mean "${near}"?`;
  }
  const type = schema === undefined ? undefined : unwrap(schema).type;
  if (type === 'string') {
    if (typeof value === 'number' || typeof value === 'boolean') return 'Put the value in quotes.';
    return typeof value === 'string' ? 'Write it in this form.' : 'Write one value on the line of the key.';
  }
  if (type === 'number') {
    if (typeof value !== 'string') return 'Choose a number in this range.';
    const unitless = 'Write the number without quotes and without a unit.';
    return /\d/.test(value) ? unitless : 'Write a number.';
  }
  if (type === 'union' && schema !== undefined && itemOf(schema) === undefined)
    return 'Write one of these, without quotes.';
  if (type === 'union') return 'Write the word, or a list with one entry per line, each after a dash.';
  if (type === 'boolean') return 'Write it without quotes.';
  if (type === 'array') {
    const { min = 0, max = Infinity } = schema === undefined ? {} : limitsOf(schema);
    if (!Array.isArray(value)) return 'Write one entry per line, each after a dash.';
    return value.length < min ? 'Add an entry.' : `Remove ${value.length - max}.`;
  }
  return 'Indent its keys below it, one per line.';
}

function schemaAt(root: Schema, data: unknown, path: Path): Schema | undefined {
  let schema: Schema | undefined = root;
  for (const [depth, part] of path.entries()) {
    schema = schema === undefined ? undefined : childOf(schema, part, valueAt(data, path.slice(0, depth)));
  }
  return schema;
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    data,
  );
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}
