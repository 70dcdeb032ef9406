/**
 * Names of cameras where those of several relays stand side by side: two relays may both have a `cam1`. A pairing has a
 * key, `''` for the first one, so that the cameras of who has one relay are called as the relay calls them. Pure.
 */

const BETWEEN = ':';

/** `cam1` of the first pairing is `cam1`, that of pairing `2` is `2:cam1`. No id of a camera holds a colon. */
export function cameraKey(relay: string, camera: string): string {
  return relay === '' ? camera : `${relay}${BETWEEN}${camera}`;
}

/** The pairing's key. */
export function relayOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(BETWEEN)));
}

/** The id that the relay itself has for the camera. */
export function cameraOf(key: string): string {
  return key.slice(key.indexOf(BETWEEN) + 1);
}
