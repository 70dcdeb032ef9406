/**
 * The wire protocol between the relay and the extension: one schema per message, types inferred from it, both
 * sides parse every incoming frame with it. Two sockets on the relay's one port:
 *
 * `/control` JSON text frames. The relay greets with `hello`; the client answers within {@link AUTH_DEADLINE_MS}
 *            with `pair` or `auth`; the relay replies `paired` or `welcome` (full state), then sends `camera` and
 *            `removed` deltas with a sequence number, `telemetry`, and a `tick` at least every {@link TICK_MS}.
 * `/media`   the client's first frame is `subscribe`; the relay answers with binary frames (media-frames.ts)
 *            and the client acknowledges them with `ack`.
 *
 * Unknown fields are dropped, unknown message types from the relay are ignored (a newer relay may say more),
 * unknown commands are answered with the error `unknown-command`. docs/protocol.md explains the conversation.
 */
import * as v from 'valibot';
import {
  cameraCommands,
  cameraIdSchema as cameraId,
  foundCamerasSchema,
  listedCamerasSchema,
  testedCamerasSchema,
} from './camera-commands.ts';

/** Version spoken by this build, and the oldest one it still understands. Each change: CHANGELOG and docs/protocol.md. */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_MIN_VERSION = 1;

export const DEFAULT_PORT = 8780;
export const CONTROL_PATH = '/control';
export const MEDIA_PATH = '/media';

/** WHEP signalling: `/whep/<camera>[/<rung>]`. Only where `hello` names the feature {@link FEATURE_WHEP}. */
export const WHEP_PATH = '/whep';
export const FEATURE_WHEP = 'whep';

/** A client that has not authenticated by then is closed with {@link CLOSE.slow}. */
export const AUTH_DEADLINE_MS = 3_000;
/** A data message at most this far apart keeps both browsers' background pages alive (idle limit 30 s). */
export const TICK_MS = 15_000;
/** Clients ping this often; a side that heard nothing for {@link DEAD_AFTER_MS} drops the socket. */
export const PING_MS = 5_000;
export const DEAD_AFTER_MS = 12_000;
export const MAX_CONTROL_BYTES = 64 * 1024;

export const CLOSE = {
  /** Bad or revoked token, or a pairing code that is wrong. Pair again if the control socket said so in `refused`. */
  unauthorized: 4401,
  /** The media socket asked for a camera or rung that does not exist. */
  notFound: 4404,
  /** No common protocol version: update one side. */
  version: 4409,
  /** A frame that is not valid by this file; the reason names the field. */
  malformed: 4400,
  /** From other machines this relay is reached over TLS only. Closed before the greeting, so that no token is sent plainly. */
  tls: 4426,
  /** Too many clients, messages or pairing attempts. */
  busy: 4429,
  /** The client was too slow: a deadline passed, or it read too slowly or fell silent. Connect again. */
  slow: 4408,
  /** The relay is restarting: come back soon. */
  restarting: 1012,
} as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.minValue(0));
/** Of what is said in words, in characters. */
export const MAX_WORDS = 500;
const shortText = v.pipe(v.string(), v.maxLength(MAX_WORDS));

export const CAMERA_STATES = ['starting', 'live', 'degraded', 'frozen', 'offline'] as const;
export type CameraStateName = (typeof CAMERA_STATES)[number];

const rungSchema = v.object({
  id: cameraId,
  width: count,
  height: count,
  fps: positive,
  bitrateKbps: positive,
  /** RFC 6381, as in `avc1.64001f` or `hvc1.1.6.L120.90`; absent while unknown. */
  codecs: v.optional(shortText),
  /** Nobody watches it, so it is not made; it begins within seconds of being asked for. Absent: it is made. */
  asleep: v.optional(v.boolean()),
  /** The camera's own stream, passed on, or one that the relay makes of it; absent when the relay does not tell. */
  origin: v.optional(v.picklist(['camera', 'transcode'])),
  /** `keyframes`: the host cannot decode every picture, so there is one for each keyframe. Absent: all. */
  pictures: v.optional(v.picklist(['all', 'keyframes'])),
  /** What is less in it than it should be and why, in words for the user; absent while nothing is. */
  limit: v.optional(shortText),
});
/** One quality level of a camera. */
export type Rung = v.InferOutput<typeof rungSchema>;

const cameraSchema = v.object({
  id: cameraId,
  name: shortText,
  state: v.picklist(CAMERA_STATES),
  /** Since when the camera has this state: ms since the Unix epoch, the relay host's clock. */
  sinceMs: v.number(),
  /** Why, in words for the user; empty while all is well. Never holds a credential. */
  reason: shortText,
  source: v.picklist(['rtsp', 'v4l2', 'file', 'test']),
  /** Best first. Empty until the first media arrived. */
  rungs: v.array(rungSchema),
  /** How its pictures are encoded, or that they are passed on, and why; in words. */
  encoder: v.optional(shortText),
  /** How often the encoder was restarted since the relay started. */
  restarts: count,
  /** Added to the wall's target for this camera, for its own capture delay. */
  offsetMs: v.number(),
});
export type CameraState = v.InferOutput<typeof cameraSchema>;

const telemetrySchema = v.object({
  id: cameraId,
  fps: positive,
  /** Encoder speed against real time: below 0.97 it falls behind. */
  speed: positive,
  bitrateKbps: positive,
  droppedFrames: count,
});
export type CameraTelemetry = v.InferOutput<typeof telemetrySchema>;

/* ---- control socket, relay → client ---- */

const helloSchema = v.object({
  type: v.literal('hello'),
  protocol: v.object({ min: count, max: count }),
  relay: v.object({ id: shortText, name: shortText, version: shortText }),
  /** What not every relay can; unknown ones mean nothing to a client. */
  features: v.array(shortText),
});
const pairedSchema = v.object({
  type: v.literal('paired'),
  token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
});
const welcomeSchema = v.object({
  type: v.literal('welcome'),
  protocol: count,
  /** Changes with each start of the relay: sequence numbers of another run mean nothing. */
  runId: shortText,
  /** Sequence number that this state includes. */
  seq: count,
  /** The relay host's clock, which may be set: what "since" times are told by. */
  serverTimeMs: v.number(),
  /** Whether a MediaMTX runs beside the wall. */
  mediamtx: v.picklist(['on', 'off']),
  /** In the order of the configuration. */
  cameras: v.array(cameraSchema),
});
const cameraEventSchema = v.object({
  type: v.literal('camera'),
  seq: count,
  atMs: v.number(),
  camera: cameraSchema,
  /** Ids of all cameras as the configuration lists them; only where this event changed that: one was added or moved. */
  order: v.optional(v.array(cameraId)),
});
const removedSchema = v.object({
  type: v.literal('removed'),
  seq: count,
  atMs: v.number(),
  /** Is no longer in the configuration. */
  camera: cameraId,
});
const telemetryMessageSchema = v.object({ type: v.literal('telemetry'), cameras: v.array(telemetrySchema) });
const tickSchema = v.object({ type: v.literal('tick'), seq: count, serverTimeMs: v.number() });
const pongSchema = v.object({
  type: v.literal('pong'),
  id: count,
  /** The clock that `pdtMs` is read from: ms since the Unix epoch, and never set while the relay runs. */
  mediaTimeMs: v.number(),
});
const errorSchema = v.object({
  code: shortText,
  message: shortText,
  /** The parameter of the command that is wrong. */
  field: v.optional(shortText),
});
const answerSchema = v.variant('kind', [listedCamerasSchema, foundCamerasSchema, testedCamerasSchema]);
/** What a command brought, besides that it succeeded. */
export type CommandAnswer = v.InferOutput<typeof answerSchema>;
const resultSchema = v.object({
  type: v.literal('result'),
  id: count,
  /** Absent when the command succeeded. */
  error: v.optional(errorSchema),
  answer: v.optional(answerSchema),
});
const refusedSchema = v.object({ type: v.literal('refused'), error: errorSchema });

export const relayMessageSchema = v.variant('type', [
  helloSchema,
  pairedSchema,
  welcomeSchema,
  cameraEventSchema,
  removedSchema,
  telemetryMessageSchema,
  tickSchema,
  pongSchema,
  resultSchema,
  refusedSchema,
]);
export type RelayMessage = v.InferOutput<typeof relayMessageSchema>;
export type RelayMessageOf<T extends RelayMessage['type']> = Extract<RelayMessage, { type: T }>;

/* ---- control socket, client → relay ---- */

const pairSchema = v.object({
  type: v.literal('pair'),
  protocol: count,
  /** The digits that `lockstep pair` shows; blanks and dashes are allowed. */
  code: v.pipe(v.string(), v.maxLength(20)),
  clientName: v.pipe(v.string(), v.maxLength(80)),
});
const authSchema = v.object({
  type: v.literal('auth'),
  protocol: count,
  token: v.pipe(v.string(), v.maxLength(64)),
  client: v.picklist(['background', 'wall', 'tool']),
  /** Where the client stopped listening: events after it are replayed when `runId` is still this run's. */
  resume: v.optional(v.object({ runId: shortText, seq: count })),
});
const pingSchema = v.object({ type: v.literal('ping'), id: count });

/** Every command: its name, its parameters. The relay's handler table must name them all to compile. */
const commandSchema = v.variant('command', [
  v.object({ type: v.literal('command'), id: count, command: v.literal('restart-camera'), camera: cameraId }),
  ...cameraCommands,
]);
export type Command = v.InferOutput<typeof commandSchema>;
export type CommandName = Command['command'];
export type CommandOf<T extends CommandName> = Extract<Command, { command: T }>;

/** As much of any command, a newer client's too, as it takes to answer it. */
export const anyCommandSchema = v.object({ type: v.literal('command'), id: count, command: shortText });

export function isCommandName(name: string): name is CommandName {
  return commandSchema.options.some((option) => option.entries.command.literal === name);
}

export const clientMessageSchema = v.variant('type', [pairSchema, authSchema, pingSchema, commandSchema]);
export type ClientMessage = v.InferOutput<typeof clientMessageSchema>;

/** Answers to commands and to pairing; docs/protocol.md lists when each is sent. */
export const ERROR_CODES = [
  'bad-token',
  'bad-code',
  'no-code',
  'too-many-attempts',
  'version',
  'malformed',
  'unknown-command',
  'unknown-camera',
  'busy',
  'not-allowed',
  'bad-value',
  'changed-meanwhile',
  'configuration',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/* ---- media socket, client → relay ---- */

const subscribeSchema = v.object({
  type: v.literal('subscribe'),
  protocol: count,
  token: v.pipe(v.string(), v.maxLength(64)),
  camera: cameraId,
  /** Absent: the best rung. */
  rung: v.optional(cameraId),
  /** The tile's latency target: decides how much history comes first and how much may be unacknowledged. */
  latencyMs: v.pipe(v.number(), v.minValue(0), v.maxValue(60_000)),
  /** No history: from the next keyframe on, where one comes every few seconds. Absent: with history. */
  start: v.optional(v.picklist(['next-keyframe'])),
  /** PDT from which on the rung is wanted: from the keyframe that its picture is decoded from. Absent: see above. */
  fromMs: v.optional(v.number()),
});
const ackSchema = v.object({
  type: v.literal('ack'),
  /** How many part frames arrived since `subscribe`. */
  parts: count,
});
const windowSchema = v.object({
  type: v.literal('window'),
  latencyMs: v.pipe(v.number(), v.minValue(0), v.maxValue(60_000)),
});
/** Those first that come for each part: every option before the one that fits costs an issue that nobody reads. */
export const mediaRequestSchema = v.variant('type', [ackSchema, subscribeSchema, windowSchema]);
export type MediaRequest = v.InferOutput<typeof mediaRequestSchema>;
export type Subscribe = v.InferOutput<typeof subscribeSchema>;

/* ---- parsing ---- */

/** A frame that is not valid; `message` names the field and what was expected, never the value (it may be a secret). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Parses one text frame by `schema`.
 * @throws ProtocolError when it is no JSON or does not fit the schema
 */
export function parseFrame<T extends v.GenericSchema>(schema: T, text: string): v.InferOutput<T> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new ProtocolError('frame is not JSON');
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  throw new ProtocolError(
    `${path === null ? 'frame' : `field "${path}"`}: expected ${issue.expected ?? issue.type}`,
  );
}
