/** Commands on their way: matches the relay's results to them. Sending is left to relay-link.ts. */
import { text } from '../texts/text.ts';
import type { Command, CommandAnswer, RelayMessageOf } from '../wire/protocol.ts';

/** A command without the frame around it. */
export type CommandInput = Command extends infer C
  ? C extends Command
    ? Omit<C, 'type' | 'id'>
    : never
  : never;

/** Why a command did not succeed: the relay's code, or `not-connected`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly code: string,
    message: string,
    /** The parameter that is wrong. */
    readonly field?: string | undefined,
  ) {
    super(message);
  }
}

export class LinkCommands {
  readonly #waiting = new Map<
    number,
    { resolve: (answer: CommandAnswer | undefined) => void; reject: (error: CommandError) => void }
  >();
  #nextId = 1;

  /** Settles with the relay's result, once `send` has passed the command on under this id. */
  add(send: (id: number) => void): Promise<CommandAnswer | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  settle({ id, error, answer }: RelayMessageOf<'result'>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new CommandError(error.code, error.message, error.field));
  }

  /** The connection is gone: no result will come. */
  failAll(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) {
      reject(new CommandError('not-connected', text('commandLost')));
    }
  }
}
