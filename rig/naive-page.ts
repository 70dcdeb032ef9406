/** Serves the naive wall. */
import { type ScriptPage, servePage } from './page.ts';

export interface NaivePage extends Pick<ScriptPage, 'origin' | 'stop'> {
  url(relayUrl: string, cameras: readonly string[]): string;
}

export async function serveNaivePage(): Promise<NaivePage> {
  const { origin, stop, url } = await servePage('bench/peers/naive.ts');
  return { origin, stop, url: (relay, cameras) => url({ relay, cameras: cameras.join(',') }) };
}
