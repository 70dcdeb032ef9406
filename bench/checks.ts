/** What is asked of a row, and whether it is so. Pure. */

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
