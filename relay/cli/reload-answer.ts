/**
 * What a relay tells of its last reload: a file in its data folder, for `lockstep reload`, and the same in words for
 * terminal and log.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { type ConfigDiff, isSame } from '../config/diff.ts';
import { readIfPresent, writePrivateFile } from '../files/private-file.ts';

const ids = v.pipe(v.array(v.string()), v.readonly());
const outcomeSchema = v.variant('outcome', [
  /** It runs, and has not been asked yet. */
  v.object({ outcome: v.literal('ready') }),
  v.object({
    outcome: v.literal('applied'),
    diff: v.object({
      added: ids,
      removed: ids,
      changed: v.pipe(v.array(v.object({ id: v.string(), keys: ids, anew: v.boolean() })), v.readonly()),
      moved: v.boolean(),
      restart: ids,
      certificate: v.optional(v.string()),
    }),
  }),
  /** The configuration has problems, one per line: the old one is kept. */
  v.object({ outcome: v.literal('refused'), problems: ids }),
  v.object({ outcome: v.literal('failed'), reason: v.string() }),
]);
const answerSchema = v.object({
  /** Process number of the relay. */
  pid: v.number(),
  /** When it began to read, ns by the clock that all processes of the host share. */
  begunNs: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  /** The configuration, as it was named to the relay. */
  file: v.string(),
  result: outcomeSchema,
  /** It tells how it does as well: status-answer.ts. */
  status: v.optional(v.boolean()),
});
export type ReloadResult = v.InferOutput<typeof outcomeSchema>;
export type ReloadAnswer = v.InferOutput<typeof answerSchema>;

const answerFile = (dataDir: string): string => join(dataDir, 'reload.json');

/** @throws the system's error when the folder cannot be written */
export function writeAnswer(dataDir: string, answer: ReloadAnswer): void {
  writePrivateFile(answerFile(dataDir), JSON.stringify(answer));
}

/** Undefined when there is none. @throws the system's error when it cannot be read */
export function readAnswer(dataDir: string): ReloadAnswer | undefined {
  const text = readIfPresent(answerFile(dataDir));
  if (text === undefined) return undefined;
  try {
    return v.parse(answerSchema, JSON.parse(text));
  } catch {
    return undefined; // Of another version, or half written when the power failed.
  }
}

/** What changed, one line each, without indentation; empty when nothing did. */
export function diffLines(diff: ConfigDiff): string[] {
  if (isSame(diff)) return [];
  return [
    ...diff.added.map((id) => `camera "${id}" added`),
    ...diff.removed.map((id) => `camera "${id}" removed`),
    ...diff.changed.map(
      ({ id, keys, anew }) => `camera "${id}" changed (${keys.join(', ')})${anew ? ': started anew' : ''}`,
    ),
    ...(diff.moved ? ['the order of the cameras changed'] : []),
    ...(diff.certificate === undefined ? [] : [`the certificate was replaced: SHA-256 ${diff.certificate}`]),
    ...diff.restart.map((key) => `"${key}" changed: takes effect when the relay is restarted`),
  ];
}
