/**
 * A thin client of MediaMTX's control API (v3) on loopback: a deadline for each call, and each answer checked
 * before it is used. What an answer means is decided by the callers.
 */
import { request } from 'node:http';
import * as v from 'valibot';
import type { Timers } from '../../src/wire/ports.ts';
import { RELAY_USER } from './settings.ts';

/** Why a call gave no answer; the message is half a sentence, as in "the API answered 401". */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** `unreachable`: nobody listens; `silent`: no answer in time; `wrong`: an answer that MediaMTX would not give. */
  readonly kind: 'unreachable' | 'silent' | 'wrong';

  constructor(kind: ApiError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const infoSchema = v.object({ version: v.string() });
const settingsSchema = v.record(v.string(), v.unknown());
const namesSchema = v.object({ items: v.array(v.object({ name: v.string() })) });
const webrtcSessionSchema = v.object({
  id: v.string(),
  peerConnectionEstablished: v.boolean(),
  /** Everything from the viewer: its reports and its connectivity checks, several a second while it is there. */
  inboundBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const webrtcSessionsSchema = v.object({ items: v.array(webrtcSessionSchema) });

export type ApiWebrtcSession = v.InferOutput<typeof webrtcSessionSchema>;

export interface MediamtxApi {
  version(): Promise<string>;
  globalSettings(): Promise<Record<string, unknown>>;
  pathDefaults(): Promise<Record<string, unknown>>;
  configuredPaths(): Promise<string[]>;
  /** Only while WebRTC is on. */
  webrtcSessions(): Promise<ApiWebrtcSession[]>;
}

export interface ApiDeps {
  readonly port: number;
  readonly password: string;
  readonly timers: Timers;
  /** For each call. */
  readonly timeoutMs: number;
}

/** More than the 64 cameras of a relay have rungs. */
const PAGE = 'itemsPerPage=10000';
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createApi(deps: ApiDeps): MediamtxApi {
  const get = async <T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> => {
    const { status, body } = await call(deps, path);
    if (status !== 200) throw new ApiError('wrong', `the API answered ${status}`);
    return parseAnswer(body, schema);
  };
  return {
    version: async () => (await get('/v3/info', infoSchema)).version,
    globalSettings: () => get('/v3/config/global/get', settingsSchema),
    pathDefaults: () => get('/v3/config/pathdefaults/get', settingsSchema),
    configuredPaths: async () =>
      (await get(`/v3/config/paths/list?${PAGE}`, namesSchema)).items.map(({ name }) => name),
    webrtcSessions: async () => (await get(`/v3/webrtcsessions/list?${PAGE}`, webrtcSessionsSchema)).items,
  };
}

function parseAnswer<T>(body: string, schema: v.GenericSchema<unknown, T>): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new ApiError('wrong', 'the API answered something that is not JSON');
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the answer';
  throw new ApiError('wrong', `the API answered something unexpected (${where}: expected ${issue.expected})`);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function call({ port, password, timers, timeoutMs }: ApiDeps, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: ApiError): void => {
      cancel();
      // Its end is told already; what it still reports is of no use.
      outgoing.on('error', () => undefined).destroy();
      reject(error);
    };
    const credentials = Buffer.from(`${RELAY_USER}:${password}`).toString('base64');
    const outgoing = request(
      // A connection for each call: one kept open would be found dead after each restart.
      {
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        headers: { authorization: `Basic ${credentials}` },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES) fail(new ApiError('wrong', 'the API answered without end'));
          else chunks.push(chunk);
        });
        incoming.on('error', () => fail(new ApiError('unreachable', 'the API broke off its answer')));
        incoming.on('end', () => {
          cancel();
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    const cancel = timers.after(timeoutMs, () => fail(new ApiError('silent', 'the API did not answer')));
    outgoing.on('error', (error) => fail(connectionError(error)));
    outgoing.end();
  });
}

function connectionError(error: Error): ApiError {
  const code = 'code' in error ? String(error.code) : '';
  // The parser's codes: something answered that does not speak HTTP.
  if (code.startsWith('HPE_'))
    return new ApiError('wrong', 'what answers at the API port does not speak HTTP');
  return new ApiError('unreachable', `the API is not reachable (${code})`);
}
