/** What axe-core finds on a page, in the dark and in the light theme. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** One line for each kind of finding, with the elements it is about; empty when there is none. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  const findings: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    findings.push(
      ...(await page.evaluate(async () => {
        const { axe: runner } = globalThis as unknown as { axe: typeof axe };
        const { violations } = await runner.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
      })),
    );
  }
  return findings;
}
