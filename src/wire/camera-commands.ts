/**
 * Changing a relay's cameras from a browser, as it is said on the control socket: the commands, and what answers them.
 * Each answer shows the cameras as the configuration has them, and its `revision`; a change names the revision that it
 * was made from and is refused when somebody wrote another one meanwhile. User and password go to the relay only.
 */
import * as v from 'valibot';

/** Id of a camera: short, fit for addresses. */
export const CAMERA_ID = /^[a-z0-9][a-z0-9_-]{0,31}$/;
export const cameraIdSchema = v.pipe(v.string(), v.regex(CAMERA_ID));

/** Smallest and largest capture delay of a camera, in ms. */
export const OFFSET_RANGE_MS = { min: -2000, max: 5000 } as const;

/** `hello` names it where this relay's cameras can be changed by commands. */
export const FEATURE_CAMERAS = 'cameras';

const text = v.pipe(v.string(), v.maxLength(500));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const offset = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(OFFSET_RANGE_MS.min),
  v.maxValue(OFFSET_RANGE_MS.max),
);

const command = <N extends string, F extends v.ObjectEntries>(name: N, fields: F) =>
  v.object({ type: v.literal('command'), id: count, command: v.literal(name), ...fields });

export const cameraCommands = [
  command('list-cameras', {}),
  command('rename-camera', { revision: text, camera: cameraIdSchema, name: text }),
  /** `order`: all ids. */
  command('order-cameras', { revision: text, order: v.array(cameraIdSchema) }),
  command('remove-camera', { revision: text, camera: cameraIdSchema }),
  /** Capture delays of these cameras; those of the others stay. */
  command('set-offsets', {
    revision: text,
    offsets: v.pipe(v.array(v.object({ camera: cameraIdSchema, offsetMs: offset })), v.minLength(1)),
  }),
  /** Asks in the relay's networks by multicast; takes some seconds. */
  command('find-cameras', {}),
  /**
   * Looks at a camera without adding it; takes up to half a minute. `address`: of a stream (`rtsp://…`), or of a camera
   * with ONVIF, as in `192.168.1.20`; `substream`: of a smaller stream beside a stream. The login is tried once.
   */
  command('test-camera', {
    address: text,
    substream: v.optional(text),
    username: v.optional(text),
    password: v.optional(text),
  }),
  /** `draft`: of a tested camera. */
  command('add-camera', { revision: text, draft: text, name: text }),
] as const;

export const listedCamerasSchema = v.object({
  kind: v.literal('cameras'),
  /** Of the configuration. */
  revision: text,
  /** Why it cannot be changed, in a sentence with what to do; absent when it can. */
  locked: v.optional(text),
  /** In the order of the configuration. */
  cameras: v.array(
    v.object({
      id: cameraIdSchema,
      name: text,
      source: v.picklist(['rtsp', 'v4l2', 'file', 'test']),
      /** Where its pictures come from, without anything that may be secret: host and port, device, or file. */
      place: text,
    }),
  ),
});
export type ListedCameras = v.InferOutput<typeof listedCamerasSchema>;

export const foundCamerasSchema = v.object({
  kind: v.literal('found'),
  cameras: v.array(
    v.object({
      name: text,
      model: v.optional(text),
      /** For `test-camera`. */
      address: text,
      /** A camera of the configuration is at this host. */
      known: v.boolean(),
    }),
  ),
  /** Why there is none, and what to do. */
  note: v.optional(text),
});
export type FoundCameras = v.InferOutput<typeof foundCamerasSchema>;

const testedCameraSchema = v.object({
  /** Names it for `add-camera`, for a quarter of an hour. */
  draft: text,
  /** What it may be called. */
  name: text,
  /** `good`: as it should be. `fair`: works, with what to know about it. `bad`: no picture could be had. */
  verdict: v.picklist(['good', 'fair', 'bad']),
  findings: v.array(
    v.object({ level: v.picklist(['ok', 'warn', 'fail']), where: text, what: text, fix: text }),
  ),
  /** What it will cost the relay's host; empty where that is not known. */
  cost: text,
  /** JPEG, as base64; absent when none came. */
  picture: v.optional(v.pipe(v.string(), v.maxLength(512 * 1024), v.regex(/^[A-Za-z0-9+/]+=*$/))),
});
export type TestedCamera = v.InferOutput<typeof testedCameraSchema>;

export const testedCamerasSchema = v.object({
  kind: v.literal('tested'),
  /** One for each lens. */
  cameras: v.array(testedCameraSchema),
  /** What was left out, and why. */
  notes: v.array(text),
});
export type TestedCameras = v.InferOutput<typeof testedCamerasSchema>;
