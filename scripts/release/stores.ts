/** Who is sent the extension, by which tool, and what that needs. The tools are theirs; nothing is sent by hand. */
import type { Artefacts } from './artefacts.ts';

export interface Store {
  readonly name: string;
  readonly tool: string;
  /** The tool's program, from the project's folder. */
  readonly program: string;
  /** What installs the tool. */
  readonly install: string;
  readonly files: (artefacts: Artefacts) => readonly string[];
  /** @param folders of the unpacked Firefox extension, and for what the tool writes */
  readonly args: (artefacts: Artefacts, folders: Folders) => readonly string[];
  /** What the tool reads from its environment → the name by which it stands in ours. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Folders {
  readonly unpacked: string;
  readonly made: string;
}

export const STORES: readonly Store[] = [
  {
    // API v2 (https://developer.chrome.com/docs/webstore/api); uploads, then hands it in for review.
    name: 'Chrome Web Store',
    tool: 'chrome-webstore-upload',
    program: 'packaging/stores/node_modules/chrome-webstore-upload-cli/source/cli.js',
    install: 'npm ci --prefix packaging/stores',
    files: ({ chrome }) => [chrome],
    args: ({ chrome }) => ['--source', chrome],
    env: {
      EXTENSION_ID: 'CHROME_EXTENSION_ID',
      PUBLISHER_ID: 'CHROME_PUBLISHER_ID',
      CLIENT_ID: 'CHROME_CLIENT_ID',
      CLIENT_SECRET: 'CHROME_CLIENT_SECRET',
      REFRESH_TOKEN: 'CHROME_REFRESH_TOKEN',
    },
  },
  {
    // API v5 (https://mozilla.github.io/addons-server/topics/api/); the review may take days, and is not waited for.
    name: 'addons.mozilla.org',
    tool: 'web-ext',
    program: 'node_modules/web-ext/bin/web-ext.js',
    install: 'npm ci',
    files: ({ firefox, source }) => [firefox, source],
    args: ({ source }, { unpacked, made }) => [
      'sign',
      ...['--channel', 'listed', '--approval-timeout', '0'],
      ...['--source-dir', unpacked, '--artifacts-dir', made],
      ...['--upload-source-code', source, '--amo-metadata', 'packaging/stores/amo.json'],
      ...['--no-input', '--no-config-discovery'],
    ],
    env: { WEB_EXT_API_KEY: 'AMO_API_KEY', WEB_EXT_API_SECRET: 'AMO_API_SECRET' },
  },
];

export type Env = Readonly<Record<string, string | undefined>>;

/** Names that are not set, of those that the store needs; an empty value is not set either, as CI gives a secret that is not there. */
export function unset({ env: needed }: Store, env: Env): string[] {
  return Object.values(needed).filter((name) => (env[name] ?? '') === '');
}

/** What the store's tool sees: all that is ours but for secrets, and its own secrets by the names that it knows. */
export function environmentFor(store: Store, env: Env): Env {
  const secrets = new Set(STORES.flatMap(({ env: needed }) => Object.values(needed)));
  const open = Object.entries(env).filter(([name]) => !secrets.has(name));
  const own = Object.entries(store.env).map(([theirs, ours]) => [theirs, env[ours]]);
  return { ...Object.fromEntries(open), ...Object.fromEntries(own), NO_UPDATE_NOTIFIER: '1' };
}
