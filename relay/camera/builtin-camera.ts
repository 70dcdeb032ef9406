/** A camera of the builtin engine: its encoder writes fragmented MP4 into pipes that the relay reads. */
import type { Clock } from '../../src/wire/ports.ts';
import { BuiltinOutlet } from './builtin-outlet.ts';
import { EncodedCamera, type EncodedCameraDeps } from './encoded-camera.ts';
import { createRungTimeline } from './rung-timeline.ts';

export interface BuiltinCameraDeps extends Omit<EncodedCameraDeps, 'outlet'> {
  /** Shortest part, in ms. */
  readonly partMs: number;
  /** Dates the pictures. */
  readonly mediaClock: Clock;
}

export function createBuiltinCamera({ partMs, mediaClock, ...deps }: BuiltinCameraDeps): EncodedCamera {
  return new EncodedCamera({
    ...deps,
    outlet: new BuiltinOutlet({ partMs, mediaClock, createTimeline: () => createRungTimeline(deps.config) }),
  });
}
