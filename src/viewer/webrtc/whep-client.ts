/** WHEP signalling with the relay (draft-ietf-wish-whep): one offer, one answer, one hang-up. Knows no media. */

import { text as words } from '../../texts/text.ts';

export interface WhepTarget {
  /** The relay's WHEP route, as in `http://127.0.0.1:8780/whep`. */
  readonly url: string;
  readonly token: string;
}

export interface WhepCall {
  readonly answer: string;
  /** Tells the relay that nobody watches any more. Never rejects. */
  hangUp(): Promise<void>;
}

/** `message` is half a sentence. */
export class WhepRefusal extends Error {
  override readonly name = 'WhepRefusal';
}

export interface WhepRequest {
  readonly target: WhepTarget;
  readonly camera: string;
  /** Undefined: the best one. */
  readonly rung: string | undefined;
  readonly offer: string;
  /** Ends the request; what the relay opened meanwhile it closes itself. */
  readonly signal: AbortSignal;
}

const MAX_REASON_CHARS = 200;

/** @throws WhepRefusal with the relay's words, or when it cannot be reached */
export async function callWhep(
  fetch: typeof globalThis.fetch,
  { target, camera, rung, offer, signal }: WhepRequest,
): Promise<WhepCall> {
  const url = [target.url, camera, ...(rung === undefined ? [] : [rung])].join('/');
  const authorization = { Authorization: `Bearer ${target.token}` };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': 'application/sdp' },
      body: offer,
      signal,
    });
    text = await response.text();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WhepRefusal(words('realtimeNoOffer', why));
  }
  const location = response.headers.get('Location');
  if (response.status !== 201 || location === null) {
    throw new WhepRefusal(
      text.trim().slice(0, MAX_REASON_CHARS) || words('realtimeAnswered', response.status),
    );
  }
  const session = new URL(location, url).href;
  return {
    answer: text,
    async hangUp() {
      try {
        // keepalive: it must also leave when the page is being closed.
        await fetch(session, { method: 'DELETE', headers: authorization, keepalive: true });
      } catch {
        // The relay notices by itself that nobody listens, within ten seconds.
      }
    },
  };
}
