/** A script of tests/support as pages of a real Chromium: they are given media, and their cases are called by name. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../../rig/browser.ts';
import { servePage } from '../../rig/page.ts';
import { inProject } from '../../rig/root.ts';

type Cases = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** What the script exposes, as case-page.ts puts it on its window. */
interface CaseWindow {
  begin(media: unknown, worker: string): void;
  readonly cases: Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;
}

export interface CasePage<C extends Cases> {
  /** Runs one case in the page; what it returns, as JSON keeps it. */
  run<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
  close(): Promise<void>;
}

export interface CasePages<C extends Cases> {
  open(): Promise<CasePage<C>>;
  close(): Promise<void>;
}

/**
 * @param script file inside the project, which calls `expose` of case-page.ts
 * @param media what the page finds in `given().media`
 */
export async function startCasePages<C extends Cases>(
  script: string,
  media: object | Promise<object>,
): Promise<CasePages<C>> {
  const [server, browser, worker, made] = await Promise.all([
    servePage(script),
    launchBrowser({ headless: true }),
    readFile(inProject('node_modules/hls.js/dist/hls.worker.js'), 'utf8'),
    media,
  ]);
  return {
    async open() {
      const page = await browser.context.newPage();
      await page.goto(server.url({}));
      await page.evaluate(([all, text]) => (globalThis as unknown as CaseWindow).begin(all, text), [
        made,
        worker,
      ] as const);
      return { run: (name, ...args) => run(page, name, args), close: () => page.close() };
    },
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

async function run<T>(page: Page, name: string, args: readonly unknown[]): Promise<T> {
  const found: unknown = await page.evaluate<unknown, [string, readonly unknown[]]>(
    ([key, values]) => (globalThis as unknown as CaseWindow).cases[key]?.(...values),
    [name, args],
  );
  if (process.env.SHOW !== undefined) console.log(name, args, found);
  return found as T;
}
