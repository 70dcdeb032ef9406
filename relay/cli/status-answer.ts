/** What a relay tells of itself when it is asked how it does: a file in its data folder, for `lockstep status`. */
import { join } from 'node:path';
import * as v from 'valibot';
import { readIfPresent, writePrivateFile } from '../files/private-file.ts';
import type { RelayStatus } from '../relay-status.ts';

const rungSchema = v.looseObject({
  id: v.string(),
  width: v.number(),
  height: v.number(),
  fps: v.number(),
  asleep: v.optional(v.boolean()),
  origin: v.optional(v.string()),
});
const statusSchema = v.looseObject({
  version: v.string(),
  url: v.string(),
  elsewhere: v.array(v.string()),
  certificate: v.optional(
    v.nullable(
      v.looseObject({
        fingerprint: v.string(),
        selfSigned: v.boolean(),
        startsMs: v.number(),
        endsMs: v.number(),
      }),
    ),
  ),
  upMs: v.number(),
  mediamtx: v.string(),
  load: v.object({ cores: v.number(), busy: v.number(), transcoderCores: v.number() }),
  cameras: v.array(
    v.looseObject({
      id: v.string(),
      name: v.string(),
      state: v.string(),
      sinceMs: v.number(),
      reason: v.string(),
      restarts: v.number(),
      rungs: v.array(rungSchema),
      viewers: v.object({ push: v.number(), realtime: v.number() }),
      telemetry: v.nullable(v.looseObject({ fps: v.number(), bitrateKbps: v.number() })),
    }),
  ),
});
const answerSchema = v.object({
  /** Process number of the relay. */
  pid: v.number(),
  /** When it was written, ns by the clock that all processes of the host share. */
  atNs: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  status: statusSchema,
});
export type ToldStatus = v.InferOutput<typeof statusSchema>;

const statusFile = (dataDir: string): string => join(dataDir, 'status.json');

/** @throws the system's error when the folder cannot be written */
export function writeStatus(
  dataDir: string,
  answer: { pid: number; atNs: bigint; status: RelayStatus },
): void {
  writePrivateFile(statusFile(dataDir), JSON.stringify({ ...answer, atNs: String(answer.atNs) }));
}

/** Undefined when there is none that `pid` wrote since `askedNs`. @throws the system's error when it cannot be read */
export function readStatus(dataDir: string, pid: number, askedNs: bigint): ToldStatus | undefined {
  const text = readIfPresent(statusFile(dataDir));
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), text);
  if (!parsed.success || parsed.output.pid !== pid || BigInt(parsed.output.atNs) < askedNs) return undefined;
  return parsed.output.status;
}
