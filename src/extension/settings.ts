/** What the user decides: kept in storage.local, shared by background, popup, options and wall. */
import * as v from 'valibot';
import { CAMERA_ID } from '../wire/camera-commands.ts';
import { cameraOf } from '../wire/camera-key.ts';
import { type EffectiveMode, MODE_TABLE, MODES } from '../wire/modes.ts';
import { type StoragePort, TypedStore } from './store.ts';

const MINUTES_PER_DAY = 24 * 60;

const relaySchema = v.object({
  /** As relay-address.ts prints it. */
  address: v.pipe(v.string(), v.minLength(1)),
  /** 256-bit secret from pairing. Never shown, logged, or put in a URL. */
  token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  /** How the relay calls itself, for people. */
  relayName: v.string(),
  /** Which relay it is, wherever it is reached; absent where it was paired by an older version. */
  relayId: v.optional(v.string()),
});
/** What pairing gives. */
export type Pairing = v.InferOutput<typeof relaySchema>;

const pairedSchema = v.object({
  ...relaySchema.entries,
  /** Which pairing it is, as in the keys of its cameras (src/wire/camera-key.ts). */
  key: v.pipe(v.string(), v.regex(/^\d*$/)),
  /** What its user calls it; absent while that is what it calls itself. */
  ownName: v.optional(v.string()),
});
/** A paired relay. */
export type PairedRelay = v.InferOutput<typeof pairedSchema>;

/** In what order the cameras of several relays stand on the wall: relay by relay, or all of them by name. */
export const ORDERS = ['grouped', 'mixed'] as const;

const minuteOfDay = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MINUTES_PER_DAY - 1));
const quietHoursSchema = v.object({ fromMinute: minuteOfDay, toMinute: minuteOfDay });
/** Local time of day without notifications; may pass midnight. Equal ends mean never. */
export type QuietHours = v.InferOutput<typeof quietHoursSchema>;

const target = (mode: EffectiveMode) =>
  v.optional(v.pipe(v.number(), v.minValue(MODE_TABLE[mode].minMs), v.maxValue(MODE_TABLE[mode].maxMs)));
const targetsSchema = v.object({
  'ultra-low': target('ultra-low'),
  balanced: target('balanced'),
  stable: target('stable'),
});

/** What the user can choose for {@link Settings.dataLimit}, in GB (10⁹ bytes) an hour. */
export const DATA_LIMITS = [0.25, 0.5, 1, 2, 5] as const;

const modeSchema = v.picklist(MODES);

export interface Settings {
  /** In the order in which they were paired; each has another key. */
  readonly relays: readonly PairedRelay[];
  readonly order: (typeof ORDERS)[number];
  readonly mode: v.InferOutput<typeof modeSchema>;
  /** Wall latency that replaces a mode's starting one, in ms, within the mode's range. */
  readonly targetsMs: v.InferOutput<typeof targetsSchema>;
  /** Ultra-Low shows pictures the moment they come (WebRTC), each tile for itself, where the relay offers that. */
  readonly realtime: boolean;
  /** The wall receives no more than this, in GB (10⁹ bytes) an hour, where it has smaller pictures. */
  readonly dataLimit: (typeof DATA_LIMITS)[number] | undefined;
  readonly notifications: boolean;
  /** Keys of the cameras that raise no notification. */
  readonly mutedCameras: readonly string[];
  readonly quietHours: QuietHours | undefined;
}

export type SettingsStore = TypedStore<Settings>;

export function settingsStore(port: StoragePort): SettingsStore {
  return new TypedStore<Settings>({
    port,
    entries: {
      relays: {
        schema: v.array(pairedSchema),
        fallback: [],
        // One relay was all there could be.
        older: { key: 'relay', carry: (relay) => (isObject(relay) ? [{ ...relay, key: '' }] : []) },
      },
      order: { schema: v.picklist(ORDERS), fallback: 'grouped' },
      mode: { schema: modeSchema, fallback: 'auto' },
      targetsMs: { schema: targetsSchema, fallback: {} },
      realtime: { schema: v.boolean(), fallback: false },
      dataLimit: { schema: v.picklist(DATA_LIMITS), fallback: undefined },
      notifications: { schema: v.boolean(), fallback: true },
      mutedCameras: {
        schema: v.array(
          v.pipe(
            v.string(),
            v.check((key) => CAMERA_ID.test(cameraOf(key))),
          ),
        ),
        fallback: [],
      },
      quietHours: { schema: quietHoursSchema, fallback: undefined },
    },
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether `minute` of the day (0 … 1439, local time) lies in the quiet hours; the end is not part of them. */
export function isQuiet(hours: QuietHours | undefined, minute: number): boolean {
  if (hours === undefined) return false;
  const { fromMinute, toMinute } = hours;
  return fromMinute <= toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}
