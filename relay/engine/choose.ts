/** Which engine the configuration and this host come to, and why. Building it is create.ts. */
import type { Config } from '../config/schema.ts';
import type { Found } from '../mediamtx/find.ts';

export type EngineChoice =
  | { readonly name: 'builtin'; readonly why: string }
  | {
      readonly name: 'mediamtx';
      readonly why: string;
      /** Path of the program. */
      readonly program: string;
      /** Sentences, without full stop, about programs that cannot be used. */
      readonly passedOver: readonly string[];
    };

/** The engine that was asked for cannot run; the message is a sentence without its full stop. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

export const GET_MEDIAMTX =
  'Get it with `lockstep install-mediamtx`, or name its path under "mediamtx.path", or set "engine: auto".';

/**
 * @param find looks for MediaMTX; not called when none is wanted
 * @throws EngineError when `mediamtx` is asked for and there is none
 */
export async function chooseEngine(
  wanted: Config['engine'],
  find: () => Promise<Found>,
): Promise<EngineChoice> {
  if (wanted === 'builtin') return { name: 'builtin', why: 'as configured' };
  const found = await find();
  if (found.kind === 'found') {
    const { path, version, passedOver } = found;
    return { name: 'mediamtx', why: `found ${version.text} at ${path}`, program: path, passedOver };
  }
  if (wanted === 'mediamtx') throw new EngineError(`engine mediamtx cannot run: ${found.problem}`);
  return { name: 'builtin', why: found.problem };
}
