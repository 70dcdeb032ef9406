/** Drives Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) with the extension installed for the session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { findOnPath } from '../../rig/on-path.mjs';
import { eventually } from './eventually.ts';

const START_WITHIN_MS = 30_000;
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

export interface Firefox {
  open(page: string): Promise<void>;
  /** Evaluates an expression in the page; promises are awaited; the value must be a string, number or boolean. */
  evaluate(expression: string): Promise<unknown>;
  /** PNG of the page, base64. */
  screenshot(): Promise<string>;
  close(): Promise<void>;
}

export function firefoxPath(): string | undefined {
  return findOnPath('firefox-esr', 'firefox');
}

/** @throws Error when Firefox does not come up or refuses the extension */
export async function launchFirefox(binary: string, extension: string): Promise<Firefox> {
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
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(force);
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const session = await connect(await address(child));
    await session.call('session.new', { capabilities: {} });
    await session.call('webExtension.install', { extensionData: { type: 'path', path: extension } });
    const tree = v.parse(treeSchema, await session.call('browsingContext.getTree', {}));
    const context = tree.contexts[0]?.context;
    if (context === undefined) throw new Error('Firefox has no tab.');
    const evaluate = async (expression: string): Promise<unknown> => {
      const params = { expression, target: { context }, awaitPromise: true };
      const outcome = v.parse(evaluationSchema, await session.call('script.evaluate', params));
      if (outcome.type === 'exception') throw new Error(outcome.exceptionDetails?.text ?? 'exception');
      return outcome.result?.value;
    };
    return {
      async open(page) {
        await evaluate('globalThis.before = true');
        // Any other `wait` never settles on extension pages.
        await session.call('browsingContext.navigate', {
          context,
          url: `moz-extension://${ADDON_UUID}/${page}`,
          wait: 'none',
        });
        // The page that the extension opens at its installation came to the front, and this one would be hidden.
        await session.call('browsingContext.activate', { context });
        // What is asked next is asked of the new page.
        await eventually('the page is there', () => evaluate('globalThis.before === undefined'), Boolean);
      },
      evaluate,
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
