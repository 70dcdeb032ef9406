/** What the toolbar icon says: a short text for the eye and the same in words in its title. Pure. */
import { isDown, listWords } from '../extension/camera-words.ts';
import type { RelayStatus } from '../extension/status.ts';
import { plural, text as words } from '../texts/text.ts';

export interface Badge {
  readonly text: string;
  readonly colour: string;
  readonly title: string;
}

/** Both hold white text at a contrast above 4.5 : 1. */
const RED = '#b3261e';
const GREY = '#5f6368';

/**
 * Cameras that are down come first, those of every relay together; then relays that cannot be reached.
 * @param relays all that are paired
 */
export function badgeFor(relays: readonly RelayStatus[]): Badge {
  const [first, ...others] = relays;
  if (first === undefined) return { text: '', colour: GREY, title: words('badgeUnpaired') };
  // Between two attempts the phase is "connecting" again; the reason of the last failure stays until it works.
  const lost = relays.filter(({ phase, reason }) => phase !== 'open' && reason !== '');
  const open = relays.filter(({ phase }) => phase === 'open');
  const cameras = open.flatMap((relay) => relay.cameras);
  const down = cameras.filter(({ state }) => isDown(state));
  const all = cameras.length;
  const reasons = lost.map(({ name, reason }) => (others.length === 0 ? reason : `${name}: ${reason}`));
  if (down.length > 0) {
    const names = listWords(
      down.map(({ name, state }) =>
        words(state === 'frozen' ? 'badgeCameraFrozen' : 'badgeCameraOffline', name),
      ),
    );
    const told = [words('badgeDown', down.length, all, names), ...reasons];
    return { text: String(down.length), colour: RED, title: told.join('. ') };
  }
  if (lost.length > 0) return { text: '–', colour: GREY, title: `Lockstep: ${reasons.join(' ')}` };
  if (open.length < relays.length) return { text: '', colour: GREY, title: words('badgeConnecting') };
  return { text: '', colour: GREY, title: plural('badgeWell', all) };
}
