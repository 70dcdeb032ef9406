/** What the relay's list calls this browser until its user says something better. Pure. */

import { text } from '../texts/text.ts';

const BROWSERS = [
  [/Firefox\//, 'Firefox'],
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Chrome\//, 'Chromium'],
] as const;

const SYSTEMS = [
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/Linux/, 'Linux'],
] as const;

/** As in `Firefox on Linux`. @param userAgent as of `navigator.userAgent` */
export function browserName(userAgent: string): string {
  const named = (list: readonly (readonly [RegExp, string])[]) =>
    list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = named(SYSTEMS);
  const browser = named(BROWSERS) ?? text('browser');
  return system === undefined ? browser : text('browserOn', browser, system);
}
