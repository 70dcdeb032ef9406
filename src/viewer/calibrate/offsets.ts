/** Measured delays as the relay's configuration has them. */
import type { CommandInput } from '../../extension/link-commands.ts';
import { text } from '../../texts/text.ts';
import { OFFSET_RANGE_MS } from '../../wire/camera-commands.ts';
import { cameraOf } from '../../wire/camera-key.ts';
import type { CommandAnswer } from '../../wire/protocol.ts';

export interface CameraOffset {
  /** Its key; the relay's own id where it is sent. */
  readonly camera: string;
  readonly offsetMs: number;
}

export type SendCommand = (command: CommandInput) => Promise<CommandAnswer | undefined>;

/** Undefined for what the configuration does not take. */
export function offsetOf(delayMs: number): number | undefined {
  const offsetMs = Math.round(delayMs);
  return offsetMs < OFFSET_RANGE_MS.min || offsetMs > OFFSET_RANGE_MS.max ? undefined : offsetMs;
}

/** @throws what `send` throws; the relay says in words who may, and how */
export async function writeOffsets(send: SendCommand, offsets: readonly CameraOffset[]): Promise<void> {
  const listed = await send({ command: 'list-cameras' });
  if (listed?.kind !== 'cameras') throw new Error(text('calibrateNoList'));
  await send({ command: 'set-offsets', revision: listed.revision, offsets: [...offsets] });
}

/** The lines to write by hand. */
export const offsetLines = (offsets: readonly CameraOffset[]): string =>
  offsets.map(({ camera, offsetMs }) => `  - id: ${cameraOf(camera)}\n    offsetMs: ${offsetMs}`).join('\n');
