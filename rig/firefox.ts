/** Drives Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) with the extension installed for the session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { ScriptedPage } from './browser.ts';
import { endBrowser } from './end-child.ts';
import { findOnPath } from './on-path.mjs';
import { type ProcessInfo, processTree } from './processes.ts';

const START_WITHIN_MS = 30_000;
const PAGE_WITHIN_MS = 10_000;
const LOOK_MS = 50;
/** Fixed for the profile, so that the address of the extension's pages is known beforehand. */
const ADDON_UUID = '6f1f3c5a-52a7-4f5e-9b3e-0c4b6f3d2a11';

const replySchema = v.object({
  id: v.optional(v.nullable(v.number())),
  type: v.optional(v.string()),
  result: v.optional(v.unknown()),
  message: v.optional(v.string()),
});
const manifestSchema = v.object({
  browser_specific_settings: v.object({ gecko: v.object({ id: v.string() }) }),
});
const treeSchema = v.object({ contexts: v.array(v.object({ context: v.string() })) });
const evaluationSchema = v.object({
  type: v.string(),
  result: v.optional(v.looseObject({ value: v.optional(v.unknown()) })),
  exceptionDetails: v.optional(v.looseObject({ text: v.string() })),
});

export interface Firefox extends ScriptedPage {
  /** Shows one of the extension's pages. */
  open(page: string): Promise<void>;
  /** Shows any page, in the one tab that there is. */
  goto(url: string): Promise<void>;
  url(page: string): string;
  /**
   * Evaluates in the page; promises are awaited. The value of an expression must be a string, number or boolean, that of a
   * function and its argument anything that JSON has.
   */
  readonly evaluate: ScriptedPage['evaluate'];
  /** PNG of the page, base64. */
  screenshot(): Promise<string>;
  /** The browser's own processes, for CPU figures. */
  processes(): ProcessInfo[];
  close(): Promise<void>;
}

export function firefoxPath(): string | undefined {
  return findOnPath('firefox-esr', 'firefox');
}

/** A certificate whose warning was accepted for good. */
export interface AcceptedCertificate {
  /** As in `127.0.0.1:8780`. */
  readonly host: string;
  /** SHA-256, as in `AB:CD:…`. */
  readonly fingerprint: string;
}

/** @throws Error when Firefox does not come up or refuses the extension */
export async function launchFirefox(
  binary: string,
  extension: string,
  accepted?: AcceptedCertificate,
): Promise<Firefox> {
  const manifest = v.parse(
    manifestSchema,
    JSON.parse(await readFile(join(extension, 'manifest.json'), 'utf8')),
  );
  const profile = await mkdtemp(join(tmpdir(), 'lockstep-firefox-'));
  const preferences = {
    'extensions.webextensions.uuids': JSON.stringify({
      [manifest.browser_specific_settings.gecko.id]: ADDON_UUID,
    }),
    'intl.locale.requested': 'en-US',
    // Without a desktop service a notification would close at once.
    'alerts.useSystemBackend': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'media.autoplay.default': 0,
  };
  const lines = Object.entries(preferences).map(
    ([key, value]) => `user_pref(${JSON.stringify(key)}, ${JSON.stringify(value)});`,
  );
  await writeFile(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  if (accepted !== undefined) {
    // What the button "Accept the Risk" writes (mozilla-central, security/manager/ssl/nsCertOverrideService.cpp).
    const line = `${accepted.host}:\tOID.2.16.840.1.101.3.4.2.1\t${accepted.fingerprint}\t\n`;
    await writeFile(join(profile, 'cert_override.txt'), line);
  }
  const child = spawn(
    binary,
    [
      '--headless',
      '--no-remote',
      '--profile',
      profile,
      '--remote-debugging-port=0',
      '--remote-allow-system-access',
      '--width=1280',
      '--height=800',
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '800' },
    },
  );
  const close = (): Promise<void> => endBrowser(child, profile);
  try {
    const session = await connect(await address(child));
    await session.call('session.new', { capabilities: {} });
    await session.call('webExtension.install', { extensionData: { type: 'path', path: extension } });
    const tree = v.parse(treeSchema, await session.call('browsingContext.getTree', {}));
    const context = tree.contexts[0]?.context;
    if (context === undefined) throw new Error('Firefox has no tab.');
    const expression = async (text: string): Promise<unknown> => {
      const params = { expression: text, target: { context }, awaitPromise: true };
      const outcome = v.parse(evaluationSchema, await session.call('script.evaluate', params));
      if (outcome.type === 'exception') throw new Error(outcome.exceptionDetails?.text ?? 'exception');
      return outcome.result?.value;
    };
    const evaluate = async (run: unknown, argument?: unknown): Promise<unknown> => {
      if (typeof run === 'string') return expression(run);
      const call = `(${String(run)})(${JSON.stringify(argument) ?? ''})`;
      const text = await expression(`(async () => JSON.stringify(await ${call}))()`);
      return typeof text === 'string' ? JSON.parse(text) : undefined;
    };
    const url = (page: string): string => `moz-extension://${ADDON_UUID}/${page}`;
    const goto = async (target: string): Promise<void> => {
      await expression('globalThis.before = true');
      // Any other `wait` never settles on extension pages.
      await session.call('browsingContext.navigate', { context, url: target, wait: 'none' });
      // The page that the extension opens at its installation came to the front, and this one would be hidden.
      await session.call('browsingContext.activate', { context });
      // What is asked next is asked of the new page.
      await until(target, async () => {
        const there = await expression('globalThis.before === undefined').catch(() => false);
        return there === true;
      });
    };
    return {
      goto,
      url,
      open: (page) => goto(url(page)),
      evaluate: evaluate as ScriptedPage['evaluate'],
      processes: () => (child.pid === undefined ? [] : processTree(child.pid)),
      async screenshot() {
        const shot = v.parse(
          v.object({ data: v.string() }),
          await session.call('browsingContext.captureScreenshot', { context }),
        );
        return shot.data;
      },
      async close() {
        session.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Through the options page, by the link, as a user does. */
export async function pairFirefox(firefox: Firefox, relayUrl: string, code: string): Promise<void> {
  await firefox.open('options.html');
  await until('the form to pair with', () =>
    firefox.evaluate(() => {
      const unpair = [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Unpair');
      unpair?.click();
      return document.querySelectorAll('form input').length >= 2;
    }),
  );
  await firefox.evaluate((text) => {
    const label = [...document.querySelectorAll('label')].find((l) =>
      l.textContent.includes('Relay address'),
    );
    const input = (label?.control ?? label?.querySelector('input')) as HTMLInputElement;
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, `${relayUrl}/pair#${code}`);
  await firefox.evaluate(() =>
    [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Pair')?.click(),
  );
  await until('the word that it is paired', () =>
    firefox.evaluate(() => /paired with/i.test(document.body.textContent)),
  );
}

/** @throws Error naming what did not come in time */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PAGE_WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Firefox does not show ${what}`);
    await sleep(LOOK_MS);
  }
}

function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`Firefox did not come up: ${text}`)), START_WITHIN_MS);
    child.stderr?.on('data', (chunk) => {
      text += String(chunk);
      const found = /BiDi listening on (ws:\S+)/.exec(text);
      if (found?.[1] === undefined) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${text}`)));
  });
}

interface Session {
  call(method: string, params: object): Promise<unknown>;
  close(): void;
}

async function connect(url: string): Promise<Session> {
  const socket = new WebSocket(`${url}/session`);
  await once(socket, 'open');
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 0;
  socket.on('message', (data) => {
    const reply = v.parse(replySchema, JSON.parse(String(data)));
    const entry = typeof reply.id === 'number' ? waiting.get(reply.id) : undefined;
    if (entry === undefined || typeof reply.id !== 'number') return;
    waiting.delete(reply.id);
    if (reply.type === 'error') entry.reject(new Error(reply.message ?? 'BiDi error'));
    else entry.resolve(reply.result);
  });
  return {
    call(method, params) {
      next += 1;
      const id = next;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
    close: () => socket.close(),
  };
}
