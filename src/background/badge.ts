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

/** @param relay undefined while no relay is paired */
export function badgeFor(relay: RelayStatus | undefined): Badge {
  if (relay === undefined) return { text: '', colour: GREY, title: words('badgeUnpaired') };
  // Between two attempts the phase is "connecting" again; the reason of the last failure stays until it works.
  if (relay.phase !== 'open' && relay.reason !== '') {
    return { text: '–', colour: GREY, title: `Lockstep: ${relay.reason}` };
  }
  if (relay.phase !== 'open') return { text: '', colour: GREY, title: words('badgeConnecting') };
  const down = relay.cameras.filter(({ state }) => isDown(state));
  const all = relay.cameras.length;
  if (down.length > 0) {
    const names = listWords(
      down.map(({ name, state }) =>
        words(state === 'frozen' ? 'badgeCameraFrozen' : 'badgeCameraOffline', name),
      ),
    );
    return {
      text: String(down.length),
      colour: RED,
      title: words('badgeDown', down.length, all, names),
    };
  }
  return { text: '', colour: GREY, title: plural('badgeWell', all) };
}
