/** What is asked of a row, and whether it is so. Pure. */
import type { BrowserName } from '../rig/wall-browser.ts';
import type { Summary } from '../src/viewer/measure/samples.ts';

export interface Check {
  /** As in `relay tree cores ≤ 1.1`. */
  readonly asked: string;
  /** Null when it could not be measured, which is not met; a word where one was asked for. */
  readonly measured: number | string | null;
  readonly met: boolean;
}

export function atMost(what: string, measured: number | null | undefined, limit: number): Check {
  const value = measured ?? null;
  return { asked: `${what} ≤ ${limit}`, measured: value, met: value !== null && value <= limit };
}

export function atLeast(what: string, measured: number | null | undefined, limit: number): Check {
  const value = measured ?? null;
  return { asked: `${what} ≥ ${limit}`, measured: value, met: value !== null && value >= limit };
}

/** @param where which row it is, as in `3@30 calm`, where a sentence stands among those of others */
export function checkText({ asked, measured, met }: Check, where?: string): string {
  const what = where === undefined ? asked : `${where}, ${asked}`;
  return `${met ? 'met' : 'NOT MET'}: ${what} (measured ${measured ?? 'nothing'})`;
}

/** Pictures come to the screen of the other browser by another way: what is asked of it, in ms. */
const FIREFOX_SKEW_MS = 70;
const FIREFOX_OFF_MS = 60;

export function skewLimit(browser: BrowserName, limitMs: number): number {
  return browser === 'firefox' ? Math.max(FIREFOX_SKEW_MS, limitMs) : limitMs;
}

interface Aged {
  readonly browser: BrowserName;
  readonly glassToGlassMs: Summary | null;
}

/** What is asked of a row of Firefox beside the same of Chromium; nothing where that was not measured. */
export function likeChromium(row: Aged, chromium: Aged | undefined): Check[] {
  if (row.browser !== 'firefox' || chromium === undefined) return [];
  const [own, other] = [row.glassToGlassMs?.p50, chromium.glassToGlassMs?.p50];
  const offMs =
    own === undefined || other === undefined ? undefined : Number(Math.abs(own - other).toFixed(1));
  return [atMost("latency p50 off Chromium's by ms", offMs, FIREFOX_OFF_MS)];
}
