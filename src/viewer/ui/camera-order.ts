/** In what order the cameras of all relays stand on the wall. Pure. */
import type { Settings } from '../../extension/settings.ts';
import type { CameraState } from '../../wire/protocol.ts';

/** `grouped`: relay by relay, each in its own order; `mixed`: by name, whoever has them. */
export function orderCameras(
  relays: readonly { readonly state: { readonly cameras: readonly CameraState[] } }[],
  order: Settings['order'],
): readonly CameraState[] {
  const cameras = relays.flatMap(({ state }) => state.cameras);
  if (order === 'grouped' || relays.length < 2) return cameras;
  return cameras.toSorted((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
