/**
 * Who may speak to the relay, judged by the Host and Origin headers alone. Pure. These checks keep web pages
 * away (DNS rebinding, cross-site sockets); the token, checked elsewhere, is the real boundary.
 */
import { isIP } from 'node:net';

/** Chromium's ids are 32 letters a to p; Firefox's are a UUID per profile. */
const EXTENSION =
  /^(?:chrome-extension:\/\/[a-p]{32}|moz-extension:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function isExtensionOrigin(origin: string): boolean {
  return EXTENSION.test(origin);
}

/** The host part of a Host header, small letters, without port and brackets. */
function hostName(header: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, '')).toLowerCase();
}

/**
 * Whether a request may carry this Host header: loopback names, IP addresses, names ending in `.local`, and
 * `ownNames`. Any other name may have been pointed at this host by a stranger (DNS rebinding).
 */
export function hostAllowed(header: string | undefined, ownNames: readonly string[]): boolean {
  if (header === undefined) return false;
  const name = hostName(header);
  if (name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local')) return true;
  return isIP(name) !== 0 || ownNames.some((own) => own.toLowerCase() === name);
}

/** Whether `origin` may open a socket. Native tools send none. */
export function socketOriginAllowed(origin: string | undefined, allowOrigins: readonly string[]): boolean {
  return origin === undefined || isExtensionOrigin(origin) || allowOrigins.includes(origin);
}

export interface CorsQuestion {
  readonly origin: string | undefined;
  /** A preflight carries no token, so that any extension may ask; what it then gets is decided by its token. */
  readonly preflight: boolean;
  readonly pairedOrigins: () => readonly string[];
  readonly allowOrigins: readonly string[];
}

/** Value of Access-Control-Allow-Origin, or undefined for none. Never `*`. */
export function corsOrigin({
  origin,
  preflight,
  pairedOrigins,
  allowOrigins,
}: CorsQuestion): string | undefined {
  if (origin === undefined) return undefined;
  if (allowOrigins.includes(origin)) return origin;
  if (preflight && isExtensionOrigin(origin)) return origin;
  return pairedOrigins().includes(origin) ? origin : undefined;
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(header ?? '')?.[1];
}
