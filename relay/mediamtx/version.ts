/** Version numbers of MediaMTX releases, as in v1.20.1. Pure. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As the program writes it, without the leading `v`. */
  readonly text: string;
}

/**
 * 1.18.1 brought the shared session for a proxy (`hlsCDNSecret`), 1.19.0 the switch for Media over QUIC, which
 * is on by default where it exists. What we write is known to every release from here on.
 */
export const OLDEST_VERSION = '1.19.0';

/** Accepts `v1.20.1`, `1.20.1` and builds between releases, `v1.20.1-7-g0a1b2c3`. Undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?((\d+)\.(\d+)\.(\d+)(?:[-+][0-9A-Za-z.+-]+)?)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, plain = '', major, minor, patch] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), text: plain };
}

export function isSupported({ major, minor }: Version): boolean {
  return major > 1 || (major === 1 && minor >= 19);
}
