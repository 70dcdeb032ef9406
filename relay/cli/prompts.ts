/** Questions on the terminal, by @clack/prompts, which is loaded only where something is asked. */

/** The person pressed Ctrl+C or Esc. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

export type Clack = typeof import('@clack/prompts');

export const loadPrompts = (): Promise<Clack> => import('@clack/prompts');

/** @throws Cancelled when no answer was given */
export async function answered<T>(answer: Promise<T>): Promise<Exclude<T, symbol>> {
  const given = await answer;
  if (typeof given === 'symbol') throw new Cancelled('cancelled');
  return given as Exclude<T, symbol>;
}
