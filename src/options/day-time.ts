/** Minutes of the day as a time field shows them. Pure. */

/** `07:05` for 425. */
export function timeText(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** 425 for `07:05`; undefined for an empty or impossible time. */
export function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute < 24 * 60 ? minute : undefined;
}
