/** Starts a relay again and records when the first picture of each camera reaches a viewer that waits for it. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { decodeMediaFrame } from '../src/wire/media-frames.ts';
import { CONTROL_PATH, MEDIA_PATH, PROTOCOL_VERSION } from '../src/wire/protocol.ts';
import type { RunningRelay } from './relay.ts';

/** A camera without a picture by then counts as one that has none. */
const WITHIN_MS = 15_000;
/** While nothing listens yet. */
const RETRY_MS = 20;
const LATENCY_MS = 300;

/** Pairs as a tool does, which sends no origin. */
export async function toolToken(relay: RunningRelay): Promise<string> {
  const code = await relay.pairingCode();
  const socket = new WebSocket(relay.url.replace('http', 'ws') + CONTROL_PATH);
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'pair', protocol: PROTOCOL_VERSION, code, clientName: 'bench' }));
    for (;;) {
      const [data] = await once(socket, 'message');
      const message: unknown = JSON.parse(String(data));
      if (typeof message === 'object' && message !== null && 'token' in message) return String(message.token);
    }
  } finally {
    socket.terminate();
  }
}

/**
 * Ends the relay and starts it again.
 * @param folder of the relay, see RelayRigOptions; what it knows of host and cameras is forgotten when `forget`
 * @returns after the start of its process, in ms, one for each camera whose picture came
 */
export async function firstPictures(
  relay: RunningRelay,
  cameras: readonly string[],
  { folder, token, forget }: { readonly folder: string; readonly token: string; readonly forget: boolean },
): Promise<number[]> {
  const ended = new AbortController();
  let waiting: Promise<(number | undefined)[]> = Promise.resolve([]);
  try {
    await relay.restart(async () => {
      if (forget) await rm(join(folder, 'data', 'knowledge.json'), { force: true });
      const startedMs = performance.now();
      const url = relay.url.replace('http', 'ws') + MEDIA_PATH;
      waiting = Promise.all(
        cameras.map(async (camera) => {
          const atMs = await firstPicture(url, { camera, token }, ended.signal);
          return atMs === undefined ? undefined : Math.round(atMs - startedMs);
        }),
      );
    });
    return (await Promise.race([waiting, sleep(WITHIN_MS, [])])).flatMap((ms) => ms ?? []);
  } finally {
    ended.abort();
    await waiting;
  }
}

/** When the first part came, which begins with a keyframe; undefined when `ended` was first. */
async function firstPicture(
  url: string,
  who: { readonly camera: string; readonly token: string },
  ended: AbortSignal,
): Promise<number | undefined> {
  while (!ended.aborted) {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    // Nothing listens yet: `close` follows.
    socket.on('error', () => undefined);
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ type: 'subscribe', protocol: PROTOCOL_VERSION, latencyMs: LATENCY_MS, ...who }),
      ),
    );
    const leave = (): void => socket.terminate();
    ended.addEventListener('abort', leave);
    const atMs = await new Promise<number | undefined>((resolve) => {
      socket.on('message', (data: ArrayBuffer) => {
        const { header } = decodeMediaFrame(data);
        if (header.kind === 'part' && header.independent) resolve(performance.now());
      });
      socket.on('close', () => resolve(undefined));
    });
    ended.removeEventListener('abort', leave);
    leave();
    if (atMs !== undefined) return atMs;
    await sleep(RETRY_MS);
  }
  return undefined;
}
