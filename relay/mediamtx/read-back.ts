/**
 * Compares the settings that MediaMTX reports with the ones it was given. Pure. It tells success before it
 * applies a change, and environment variables or a later edit of the file can override what was written, so only
 * what it reports counts.
 */
import * as v from 'valibot';
import type { Json, MediamtxSettings } from './settings.ts';

/** What the API reports. */
export interface Reported {
  readonly global: Readonly<Record<string, unknown>>;
  readonly pathDefaults: Readonly<Record<string, unknown>>;
  readonly pathNames: readonly string[];
}

const recordSchema = v.record(v.string(), v.unknown());
/** Keys whose value must not be told. */
const SECRET = new Set(['authInternalUsers']);
/** Never reported in the clear. */
const HIDDEN_KEY = 'pass';

/** One half-sentence for each setting that differs, as in `hlsPartDuration is "200ms", not "60ms"`. */
export function findDifferences(asked: MediamtxSettings, reported: Reported): string[] {
  return [
    ...differing(asked.global, reported.global),
    ...differing(asked.pathDefaults, reported.pathDefaults).map((text) => `pathDefaults: ${text}`),
    ...differingPaths(Object.keys(asked.paths), reported.pathNames),
  ];
}

function differing(
  asked: { readonly [key: string]: Json },
  reported: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(asked)
    .filter(([key, value]) => !same(value, reported[key]))
    .map(([key, value]) => {
      if (SECRET.has(key)) return `${key} is not what was asked for`;
      if (reported[key] === undefined) return `${key} is not known to it`;
      return `${key} is ${JSON.stringify(reported[key])}, not ${JSON.stringify(value)}`;
    });
}

/** Path names hold the key. */
function differingPaths(asked: readonly string[], reported: readonly string[]): string[] {
  const wanted = new Set(asked);
  const matches = reported.length === wanted.size && reported.every((name) => wanted.has(name));
  return matches ? [] : [`it has ${reported.length} paths, which are not the ${wanted.size} asked for`];
}

function same(asked: Json, reported: unknown): boolean {
  if (Array.isArray(asked)) {
    return (
      Array.isArray(reported) &&
      reported.length === asked.length &&
      asked.every((value, index) => same(value, reported[index]))
    );
  }
  if (typeof asked === 'object') {
    const record = v.safeParse(recordSchema, reported);
    return (
      record.success &&
      Object.entries(asked).every(([key, value]) => key === HIDDEN_KEY || same(value, record.output[key]))
    );
  }
  if (asked === reported) return true;
  if (typeof asked !== 'string' || typeof reported !== 'string') return false;
  const askedNs = durationNs(asked);
  return askedNs !== undefined && askedNs === durationNs(reported);
}

const NS: Readonly<Record<string, number>> = {
  d: 86_400e9,
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  µs: 1e3,
  us: 1e3,
  ns: 1,
};

/** A duration as Go writes it, as in `1m0.5s`, in ns; undefined for any other text. */
function durationNs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:d|h|ms|m|s|µs|us|ns))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s|µs|us|ns)/g)) {
    sum += Number(amount) * (NS[unit] ?? Number.NaN);
  }
  return Math.round(sum);
}
