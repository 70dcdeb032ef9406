/**
 * The texts that people read, in the browser's language: `_locales/<language>/messages.json` of the extension.
 *
 * Asked of the browser's own `i18n`, which answers at once and is there before any module runs; not by the polyfill, which
 * throws where a page is no extension's. Numbers are written as the texts' language does it. Units are SI: they are the
 * same in every language.
 */
import type english from '../../_locales/en/messages.json';

type Key = keyof typeof english;
/** Stem of a text with one form for each plural category (CLDR): `…_one`, `…_other`. */
type PluralKey = Key extends infer K ? (K extends `${infer Stem}_other` ? Stem : never) : never;

interface I18n {
  /** Empty for an unknown key. */
  getMessage(key: string, substitutions?: string[]): string;
  getUILanguage(): string;
}
/** Firefox has it, too. */
declare const chrome: { readonly i18n?: I18n } | undefined;

const NUMBERS = new Map<string, Intl.NumberFormat>();

/**
 * A text of `_locales`; `$1` in it is the first substitution. The key itself where no extension's pages run.
 * @param substitutions numbers are written without decimals
 */
export function text(key: Key, ...substitutions: readonly (string | number)[]): string {
  return message(key, substitutions) || key;
}

/** The form of a text for so many; the count is `$1`, what follows `$2` and on. */
export function plural(key: PluralKey, count: number, ...others: readonly (string | number)[]): string {
  const form = new Intl.PluralRules(locale()).select(count);
  const substitutions = [count, ...others];
  return message(`${key}_${form}`, substitutions) || message(`${key}_other`, substitutions) || key;
}

/** What stands before and after the one substitution of a text, for an element between the two. */
export function around(key: Key): readonly [before: string, after: string] {
  const [before = '', after = ''] = text(key, '\n').split('\n');
  return [before, after];
}

/** As in `0.31` or `0,31`, always with so many decimals. */
export function decimal(value: number, decimals: number): string {
  const id = `${locale()} ${decimals}`;
  const format =
    NUMBERS.get(id) ??
    new Intl.NumberFormat(locale(), {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      useGrouping: false,
    });
  NUMBERS.set(id, format);
  return format.format(value);
}

/** A time of day. @param atMs since the Unix epoch */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(locale());
}

/** Gives a page the language of its texts, and its title. */
export function setPageTexts(title: string): void {
  document.documentElement.lang = text('language');
  document.title = title;
}

/** The browser's, as `en-GB`, where the texts are in it; else the texts' own, since the browser's was not there. */
function locale(): string {
  const language = text('language');
  const browsers = i18n()?.getUILanguage() ?? '';
  if (browsers.split('-')[0] === language) return browsers;
  return language === 'language' ? 'en' : language;
}

function i18n(): I18n | undefined {
  return typeof chrome === 'undefined' ? undefined : chrome.i18n;
}

function message(key: string, substitutions: readonly (string | number)[]): string {
  const words = substitutions.map((each) => (typeof each === 'number' ? decimal(each, 0) : each));
  return i18n()?.getMessage(key, words) ?? '';
}
