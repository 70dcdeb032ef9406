/**
 * Looks into the configuration schema: what a key may hold, in words, and which keys a group has. Messages
 * (problems.ts) and the reference page (scripts/docs.mjs) say the same because both come from here.
 */
import type * as v from 'valibot';

export type Schema = v.GenericSchema;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema inside `optional`. */
export function unwrap(schema: Schema): Schema {
  return 'wrapped' in schema && isSchema(schema.wrapped) ? unwrap(schema.wrapped) : schema;
}

/** Keys of a group, in the order of the schema; undefined when it is no group. */
export function fieldsOf(schema: Schema): ReadonlyMap<string, Schema> | undefined {
  const inner = unwrap(schema);
  if (!('entries' in inner) || !isRecord(inner.entries)) return undefined;
  return new Map(
    Object.entries(inner.entries).flatMap(([key, field]) => (isSchema(field) ? [[key, field]] : [])),
  );
}

/** The kinds of a group that differ by one key, as the camera's `source.type`; undefined when there is no choice. */
export function variantsOf(
  schema: Schema,
): { readonly key: string; readonly options: ReadonlyMap<string, Schema> } | undefined {
  const inner = unwrap(schema);
  if (!('key' in inner) || typeof inner.key !== 'string') return undefined;
  if (!('options' in inner) || !Array.isArray(inner.options)) return undefined;
  const { key } = inner;
  const options = new Map<string, Schema>();
  for (const option of inner.options.filter(isSchema)) {
    const tag = fieldsOf(option)?.get(key);
    if (tag !== undefined && 'literal' in tag) options.set(String(tag.literal), option);
  }
  return { key, options };
}

/** The choices of a key that takes values of different kinds, as a word or a list. */
function alternativesOf(schema: Schema): readonly Schema[] | undefined {
  const inner = unwrap(schema);
  if (inner.type !== 'union' || !('options' in inner) || !Array.isArray(inner.options)) return undefined;
  return inner.options.filter(isSchema);
}

/** Schema of a list's entries; undefined when it cannot be a list. */
export function itemOf(schema: Schema): Schema | undefined {
  const inner = unwrap(schema);
  if ('item' in inner && isSchema(inner.item)) return inner.item;
  return alternativesOf(inner)?.flatMap((option) => itemOf(option) ?? [])[0];
}

/** Schema of what lies at `key` of `value`; for a group with kinds, of the kind that `value` names. */
export function childOf(schema: Schema, key: string | number, value: unknown): Schema | undefined {
  if (typeof key === 'number') return itemOf(schema);
  return fieldsOf(kindOf(schema, value) ?? schema)?.get(key);
}

/** Of a group with kinds, the kind that `value` names. */
export function kindOf(schema: Schema, value: unknown): Schema | undefined {
  const variants = variantsOf(schema);
  if (variants === undefined || !isRecord(value)) return undefined;
  const kind = Object.hasOwn(value, variants.key) ? value[variants.key] : undefined;
  return typeof kind === 'string' ? variants.options.get(kind) : undefined;
}

/**
 * `value` without the keys that the schema does not have, so that the rest can be checked although one key is
 * misspelt; a list where none belongs becomes null.
 */
export function withoutUnknown(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const item = itemOf(schema);
    // valibot takes a list for an object: null is what it refuses in both places.
    return item === undefined ? null : value.map((entry) => withoutUnknown(item, entry));
  }
  // A group of no known kind has no known keys: it stays, to be reported as such.
  if (!isRecord(value) || fieldsOf(kindOf(schema, value) ?? schema) === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => {
      const childSchema = childOf(schema, key, value);
      return childSchema === undefined ? [] : [[key, withoutUnknown(childSchema, child)]];
    }),
  );
}

export interface Limits {
  readonly min?: number;
  readonly max?: number;
  /** The pattern in words. */
  readonly shape?: string;
}

/** The checks in a schema's pipe. */
export function limitsOf(schema: Schema): Limits {
  const inner = unwrap(schema);
  const pipe: unknown[] = 'pipe' in inner && Array.isArray(inner.pipe) ? inner.pipe : [];
  const limits: { min?: number; max?: number; shape?: string } = {};
  for (const check of pipe) {
    if (!isRecord(check)) continue;
    const { type, requirement, message } = check;
    if (/^min_/.test(String(type)) && typeof requirement === 'number') limits.min = requirement;
    if (/^max_/.test(String(type)) && typeof requirement === 'number') limits.max = requirement;
    if (type === 'regex' && typeof message === 'string') limits.shape = message;
  }
  return limits;
}

/** The words of a choice; undefined when it is none. */
export function choicesOf(schema: Schema): readonly string[] | undefined {
  const inner = unwrap(schema);
  if (inner.type !== 'picklist' || !('options' in inner) || !Array.isArray(inner.options)) return undefined;
  return inner.options.map(String);
}

/** What a key may hold, to stand after "must be". */
export function allowed(schema: Schema): string {
  const { min, max, shape } = limitsOf(schema);
  const choices = choicesOf(schema);
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  const inner = unwrap(schema);
  if ('literal' in inner) return String(inner.literal);
  const alternatives = alternativesOf(inner);
  if (alternatives !== undefined) return alternatives.map(allowed).join(' or ');
  switch (inner.type) {
    case 'number':
      return `a whole number from ${min} to ${max}`;
    case 'string':
      return shape ?? `text of ${min} to ${max} characters`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return min === undefined ? 'a list' : `a list of ${min} to ${max} entries`;
    default:
      return 'a group of keys';
  }
}
