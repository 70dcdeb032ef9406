/** A camera of the builtin engine: its encoder writes fragmented MP4 into pipes that the relay reads. */
import { BuiltinOutlet } from './builtin-outlet.ts';
import { EncodedCamera, type EncodedCameraDeps } from './encoded-camera.ts';

export interface BuiltinCameraDeps extends Omit<EncodedCameraDeps, 'outlet'> {
  /** Shortest part, in ms. */
  readonly partMs: number;
}

export function createBuiltinCamera({ partMs, ...deps }: BuiltinCameraDeps): EncodedCamera {
  return new EncodedCamera({ ...deps, outlet: new BuiltinOutlet({ partMs, wallClock: deps.wallClock }) });
}
