/** What the relay last said about itself and its cameras, kept from its messages. Pure. */
import type { CameraState, CameraTelemetry, RelayMessage } from '../wire/protocol.ts';

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
  readonly engine: string | undefined;
  /** In the relay's order. Kept while the link is down: the last that was known. */
  readonly cameras: readonly CameraState[];
  readonly telemetry: readonly CameraTelemetry[];
  /** The last event that this state includes: where to resume. */
  readonly position: { readonly runId: string; readonly seq: number } | undefined;
}

export const EMPTY_RELAY_STATE: RelayState = {
  relay: undefined,
  features: [],
  engine: undefined,
  cameras: [],
  telemetry: [],
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
        engine: message.engine,
        cameras: message.cameras,
        position: { runId: message.runId, seq: message.seq },
      };
    case 'camera': {
      // A replayed event: the state of the welcome already includes it.
      if (state.position === undefined || message.seq <= state.position.seq) return state;
      const { camera } = message;
      const known = state.cameras.some(({ id }) => id === camera.id);
      const cameras = known
        ? state.cameras.map((other) => (other.id === camera.id ? camera : other))
        : [...state.cameras, camera];
      return { ...state, cameras, position: { ...state.position, seq: message.seq } };
    }
    case 'telemetry':
      return { ...state, telemetry: message.cameras };
    default:
      return state;
  }
}
