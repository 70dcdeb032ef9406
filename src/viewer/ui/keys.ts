/** What a key does on the wall. Pure: the page listens and carries out. */

export interface KeyPress {
  readonly key: string;
  /** Ctrl, Alt or Meta is down: the browser's own shortcuts stay alone. */
  readonly modified: boolean;
  /** The key goes to a control that uses it itself: a text field, a radio, a select. */
  readonly inControl: boolean;
}

export type KeyAction =
  | { readonly do: 'enlarge'; readonly index: number }
  | { readonly do: 'back' }
  | { readonly do: 'details' }
  | { readonly do: 'fullscreen' };

export function keyAction({ key, modified, inControl }: KeyPress): KeyAction | undefined {
  if (modified) return undefined;
  if (key === 'Escape') return { do: 'back' };
  if (inControl) return undefined;
  if (/^[1-9]$/.test(key)) return { do: 'enlarge', index: Number(key) - 1 };
  switch (key.toLowerCase()) {
    case 's':
      return { do: 'details' };
    case 'f':
      return { do: 'fullscreen' };
    default:
      return undefined;
  }
}
