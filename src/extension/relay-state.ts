/** What the relay last said about itself and its cameras, kept from its messages. Pure. */
import type { CameraState, RelayMessage, RelayMessageOf } from '../wire/protocol.ts';

export interface RelayIdentity {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

export interface RelayState {
  readonly relay: RelayIdentity | undefined;
  /** What it says it can, besides what every relay can. */
  readonly features: readonly string[];
  /** What produces the media, in the relay's words. */
  readonly mediamtx: 'on' | 'off' | undefined;
  /** In the relay's order. Kept while the link is down: the last that was known. */
  readonly cameras: readonly CameraState[];
  /** The last event that this state includes: where to resume. */
  readonly position: { readonly runId: string; readonly seq: number } | undefined;
}

export const EMPTY_RELAY_STATE: RelayState = {
  relay: undefined,
  features: [],
  mediamtx: undefined,
  cameras: [],
  position: undefined,
};

/** The state after `message`; the same object when nothing changed. */
export function applyRelayMessage(state: RelayState, message: RelayMessage): RelayState {
  switch (message.type) {
    case 'hello':
      return { ...state, relay: message.relay, features: message.features };
    case 'welcome':
      return {
        ...state,
        mediamtx: message.mediamtx,
        cameras: message.cameras,
        position: { runId: message.runId, seq: message.seq },
      };
    case 'camera':
      return applyEvent(state, message, () => changed(state.cameras, message));
    case 'removed':
      return applyEvent(state, message, () => state.cameras.filter(({ id }) => id !== message.camera));
    default:
      return state;
  }
}

function applyEvent(
  state: RelayState,
  { seq }: { readonly seq: number },
  cameras: () => readonly CameraState[],
): RelayState {
  // A replayed event: the state of the welcome already includes it.
  if (state.position === undefined || seq <= state.position.seq) return state;
  return { ...state, cameras: cameras(), position: { ...state.position, seq } };
}

function changed(
  cameras: readonly CameraState[],
  { camera, order }: RelayMessageOf<'camera'>,
): readonly CameraState[] {
  const known = cameras.some(({ id }) => id === camera.id);
  const all = known
    ? cameras.map((other) => (other.id === camera.id ? camera : other))
    : [...cameras, camera];
  if (order === undefined) return all;
  const places = new Map(order.map((id, place) => [id, place]));
  const placeOf = ({ id }: CameraState): number => places.get(id) ?? order.length;
  return all.toSorted((a, b) => placeOf(a) - placeOf(b));
}
