/**
 * One-shot messages between the extension's own pages: one table from name to payload. Names carry the direction.
 * State does not travel here (settings.ts and status.ts do that), so no message has an answer.
 */
import * as v from 'valibot';

const messageSchema = v.variant('to', [
  /** Opens or focuses the wall, on one tile when a camera is named. */
  v.object({ to: v.literal('background:show-wall'), camera: v.optional(v.string()) }),
  /** Tries a relay now instead of when its wait ends: the one of this pairing, or all of them. */
  v.object({ to: v.literal('background:retry-relay'), relay: v.optional(v.string()) }),
]);
export type Message = v.InferOutput<typeof messageSchema>;
export type MessageName = Message['to'];
export type MessageTo<N extends MessageName> = Extract<Message, { to: N }>;

/** One handler for each message of a direction: a missing one does not compile. */
export type Handlers<N extends MessageName> = { readonly [K in N]: (message: MessageTo<K>) => void };

/** The part of a sender that tells our own pages from everything else. */
export interface Sender {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
}

/** True for pages and the background of this extension; content of web pages or other extensions is refused. */
export function isOwnSender(sender: Sender, own: { id: string; baseUrl: string }): boolean {
  return sender.id === own.id && (sender.url === undefined || sender.url.startsWith(own.baseUrl));
}

/** @returns undefined when the value is no message of ours */
export function parseMessage(value: unknown): Message | undefined {
  const result = v.safeParse(messageSchema, value);
  return result.success ? result.output : undefined;
}
