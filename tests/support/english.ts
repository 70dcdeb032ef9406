/**
 * Setup of the unit tests: stands in for the browser's `i18n`, with the English texts as the browser would give them.
 */
import english from '../../_locales/en/messages.json' with { type: 'json' };

const MESSAGES = new Map(Object.entries(english).map(([key, { message }]) => [key, message]));

const i18n = {
  getMessage: (key: string, substitutions: readonly string[] = []): string =>
    (MESSAGES.get(key) ?? '').replace(/\$(\d)/g, (_all, place) => substitutions[Number(place) - 1] ?? ''),
  getUILanguage: (): string => 'en-US',
};

Object.assign(globalThis, { chrome: { i18n } });
