/**
 * Hardware encoders: which there are, how ffmpeg is told to use them, and when one is not used any more. Pure.
 * That an encoder is listed says nothing about the host: hardware-probe.ts encodes with it.
 */

export interface HardwareEncoder {
  /** ffmpeg's name of the encoder. */
  readonly name: string;
  /** Before the input. */
  readonly device: readonly string[];
  /** Brings a picture to where the encoder takes it. */
  readonly filter: string;
  /** The encoder and what it needs to have no B-frames, a bounded rate and no delay. */
  readonly args: readonly string[];
}

/**
 * Tried in this order (facts: options from ffmpeg's manual and the vendors' guides; never run on real hardware by
 * this project, which is why they are used on request only).
 */
export const HARDWARE_ENCODERS: readonly HardwareEncoder[] = [
  {
    name: 'h264_nvenc',
    device: [],
    filter: 'format=yuv420p',
    args: [
      ...['-c:v', 'h264_nvenc', '-preset', 'p2', '-tune', 'ull', '-zerolatency', '1', '-rc', 'cbr'],
      ...['-forced-idr', '1'],
    ],
  },
  {
    name: 'h264_qsv',
    device: [],
    filter: 'format=nv12',
    args: ['-c:v', 'h264_qsv', '-preset', 'veryfast', '-async_depth', '1', '-forced_idr', '1'],
  },
  {
    name: 'h264_vaapi',
    device: ['-vaapi_device', '/dev/dri/renderD128'],
    filter: 'format=nv12,hwupload',
    args: ['-c:v', 'h264_vaapi', '-rc_mode', 'CBR', '-async_depth', '1'],
  },
  {
    name: 'h264_v4l2m2m',
    device: [],
    filter: 'format=yuv420p',
    args: ['-c:v', 'h264_v4l2m2m'],
  },
];

/** The encoders of {@link HARDWARE_ENCODERS} that `ffmpeg -encoders` lists. */
export function listedHardware(encoders: string): readonly HardwareEncoder[] {
  const names = new Set([...encoders.matchAll(/^\s*V\S*\s+(\S+)/gm)].map((line) => line[1]));
  return HARDWARE_ENCODERS.filter(({ name }) => names.has(name));
}

/** A driver that fails once may have been asked at a bad moment; twice within this it is not to be trusted. */
const ERRORS_WITHIN_MS = 60_000;
const MAX_ERRORS = 2;

/** Remembers for the run of the relay what failed. */
export class HardwareTrust {
  readonly #errors = new Map<string, readonly number[]>();
  readonly #abandoned = new Set<string>();

  trusts({ name }: HardwareEncoder): boolean {
    return !this.#abandoned.has(name);
  }

  /**
   * A process that used it ended by itself.
   * @param nowMs monotonic
   * @returns true when that was once too often: it is not used again
   */
  failed({ name }: HardwareEncoder, nowMs: number): boolean {
    const recent = [
      ...(this.#errors.get(name) ?? []).filter((atMs) => atMs > nowMs - ERRORS_WITHIN_MS),
      nowMs,
    ];
    this.#errors.set(name, recent);
    if (recent.length < MAX_ERRORS || this.#abandoned.has(name)) return false;
    this.#abandoned.add(name);
    return true;
  }
}
