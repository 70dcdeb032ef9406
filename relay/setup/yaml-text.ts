/** The configuration as it is written with more cameras: comments and everything that stands there are kept. Pure. */
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import { type Draft, idFor } from './draft.ts';

/** A file that is not there yet. */
export const NEW_FILE = `# Configuration of the Lockstep relay, begun by \`lockstep init\`; it may be run again for more cameras.
# Every key with its default: docs/configuration.md. After a change by hand: \`lockstep check\`, then \`lockstep reload\`.

# Where the relay listens and who may read.
server:
  # Address to listen on: 127.0.0.1 is reachable from this host only, 0.0.0.0 from the whole network.
  host: 127.0.0.1
  # TCP port of everything: playlists, push and control.
  port: 8780

# The cameras, in the order of the wall: \`id\` is a short name used in addresses, \`name\` is shown. Passwords stay in here:
# they never appear in arguments, logs, events or on the wall.
cameras: []
`;

export interface Additions {
  readonly drafts: readonly Draft[];
  /** Undefined: as it stands. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Test pictures stay, even where nothing but them is there. */
  readonly keepTestPictures?: boolean;
}

/** @param text of a valid configuration */
export const parseText = (text: string): Document =>
  parseDocument(text, { schema: 'core', resolveKnownTags: false });

export const textOf = (document: Document): string => document.toString({ lineWidth: 0 });

/**
 * Adds cameras at the end. Test pictures, when nothing but them is there, make room for real ones.
 * @param text of a valid configuration, or {@link NEW_FILE}
 */
export function withCameras(
  text: string,
  { drafts, host, port, keepTestPictures = false }: Additions,
): string {
  const document = parseText(text);
  if (host !== undefined) document.setIn(['server', 'host'], host);
  if (port !== undefined) document.setIn(['server', 'port'], port);
  const cameras = camerasOf(document);
  if (!keepTestPictures && cameras.items.every(isTestPicture)) cameras.items = [];
  const taken = new Set(cameras.items.map((item) => String(isMap(item) ? item.get('id') : '')));
  for (const draft of drafts) {
    const id = idFor(draft.name, taken);
    taken.add(id);
    cameras.add(nodeOf(document, id, draft));
  }
  cameras.flow = false;
  return textOf(document);
}

/** Whether a configuration has nothing but pictures that are drawn. */
const isTestPicture = (item: unknown): boolean => isMap(item) && item.getIn(['source', 'type']) === 'test';

function camerasOf(document: Document): YAMLSeq {
  const found = document.get('cameras');
  if (isSeq(found)) return found;
  const cameras = new YAMLSeq();
  document.set('cameras', cameras);
  return cameras;
}

function nodeOf(document: Document, id: string, { name, source, seen }: Draft): YAMLMap {
  const node = document.createNode({ id, name, source }) as unknown as YAMLMap;
  comment(node, 'url', seen[0] ?? 'Address of the stream.');
  comment(
    node,
    'onvifId',
    'By this it is found again when it gets another address; without it, it is not looked for.',
  );
  comment(node, 'substreams', `A smaller stream of the same picture${seen[1] ? `: ${seen[1]}` : ''}.`);
  return node;
}

/** Puts a comment above a key of the camera's source. */
function comment(camera: YAMLMap, name: string, text: string): void {
  const source = camera.get('source');
  const pair = isMap(source)
    ? source.items.find(({ key }) => isScalar(key) && key.value === name)
    : undefined;
  if (isScalar(pair?.key)) pair.key.commentBefore = ` ${text}`;
}
