/**
 * The two messages of WS-Discovery (OASIS, version of April 2005, which ONVIF Core §7.3 takes) that finding cameras
 * needs: the question, and what is read out of an answer. Pure. Answers come from anyone on the network.
 */

export interface FoundCamera {
  /** Its own id, the same after a change of address: `urn:uuid:…`. */
  readonly id: string;
  /** What it calls itself, from its scopes; undefined when it does not say. */
  readonly name: string | undefined;
  /** From its scopes, as `hardware`; undefined when it does not say. */
  readonly model: string | undefined;
  /** Address of its device service, http or https. */
  readonly url: string;
  /** It answered from that host itself: nobody told of it who may be somebody else. */
  readonly direct: boolean;
}

const MAX_TEXT = 80;

/** @param messageId as in `urn:uuid:…` */
export function probeMessage(messageId: string): string {
  const to = 'urn:schemas-xmlsoap-org:ws:2005:04:discovery';
  const action = 'http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe';
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl">',
    `<s:Header><a:Action>${action}</a:Action><a:MessageID>${messageId}</a:MessageID><a:To>${to}</a:To></s:Header>`,
    '<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>',
  ].join('');
}

/**
 * The cameras that an answer tells of; empty when it is none. Never throws.
 * @param from address that it came from: of several that a camera names, that one is taken
 */
export function parseAnswer(text: string, from: string): readonly FoundCamera[] {
  return elements(text, 'ProbeMatch').flatMap((match) => {
    const id = textOf(match, 'Address');
    const urls = words(textOf(match, 'XAddrs')).filter(isServiceUrl);
    const url = urls.find((each) => new URL(each).hostname === from) ?? urls[0];
    if (id === undefined || url === undefined) return [];
    // Between two scopes stands a blank; some cameras write their name with one in it.
    const scopes = textOf(match, 'Scopes')?.split(/\s+(?=\w+:\/\/)/) ?? [];
    return [
      {
        id,
        name: scopeOf(scopes, 'name'),
        model: scopeOf(scopes, 'hardware'),
        url,
        direct: new URL(url).hostname === from,
      },
    ];
  });
}

/** Contents of each element of this name, whatever its prefix. */
function elements(text: string, name: string): string[] {
  const pattern = new RegExp(`<((?:[\\w.-]+:)?${name})(?:\\s[^>]*)?>(.*?)</\\1\\s*>`, 'gs');
  return [...text.matchAll(pattern)].map(([, , content = '']) => content);
}

function textOf(text: string, name: string): string | undefined {
  const found = elements(text, name)[0]?.trim();
  return found === undefined || found === '' ? undefined : decoded(found);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const decoded = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_all, entity: string) => ENTITIES[entity] ?? '');

const words = (text: string | undefined): string[] => text?.split(/\s+/) ?? [];

function isServiceUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** `onvif://www.onvif.org/name/Front%20door` → `Front door`. */
function scopeOf(scopes: readonly string[], kind: string): string | undefined {
  const start = `onvif://www.onvif.org/${kind}/`;
  const value = scopes.find((scope) => scope.toLowerCase().startsWith(start))?.slice(start.length);
  return value === undefined ? undefined : shownName(unescaped(value));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('_', ' '));
  } catch {
    return text; // A lone % is meant as it stands.
  }
}

/** What a camera says of itself, as a terminal may show it; undefined when nothing is left. */
export function shownName(text: string): string | undefined {
  const clean = text
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '')
    .trim()
    .slice(0, MAX_TEXT);
  return clean === '' ? undefined : clean;
}
