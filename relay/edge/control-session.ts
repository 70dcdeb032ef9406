/** One client's conversation on the control socket, from `hello` to its end. The clients together are control.ts. */
import type { Cancel, Clock, Timers } from '../../src/wire/ports.ts';
import {
  AUTH_DEADLINE_MS,
  anyCommandSchema,
  CLOSE,
  type ClientMessage,
  type Command,
  clientMessageSchema,
  type ErrorCode,
  isCommandName,
  PROTOCOL_MIN_VERSION,
  PROTOCOL_VERSION,
  ProtocolError,
  parseFrame,
  type RelayMessage,
} from '../../src/wire/protocol.ts';
import type { Authenticator } from '../access/auth.ts';
import type { Rights } from '../access/tokens.ts';
import type { Camera } from '../camera/camera.ts';
import type { Journal } from '../events/journal.ts';
import type { Log } from '../log.ts';
import type { CommandReply } from './commands.ts';
import { BAD_TOKEN, versionProblem } from './sentences.ts';
import { type FrameSocket, INTERNAL_ERROR } from './socket.ts';

/** State changes are never left out: a client with more than this unread is dropped and gets the full state anew. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** Messages that may arrive while a pairing code is being checked. */
const MAX_HELD = 8;

const CLOSE_FOR: Partial<Record<ErrorCode, number>> = {
  version: CLOSE.version,
  malformed: CLOSE.malformed,
  'too-many-attempts': CLOSE.busy,
  internal: INTERNAL_ERROR,
};

type MessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;

export interface RelayIdentity {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** What all clients' conversations share. */
export interface ControlDeps {
  readonly relay: RelayIdentity;
  readonly mediamtx: 'on' | 'off';
  /** What this relay can do that not every relay can, for `hello`. */
  readonly features: readonly string[];
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly journal: Journal;
  readonly auth: Authenticator;
  readonly runCommand: (command: Command, asker: Rights | undefined) => CommandReply | Promise<CommandReply>;
  readonly timers: Timers;
  /** Monotonic. */
  readonly clock: Clock;
  /** What pictures are dated by. */
  readonly mediaClock: Clock;
  /** What "since" times are told by. */
  readonly wallClock: Clock;
  readonly log: Log;
}

export interface SessionDeps extends ControlDeps {
  readonly socket: FrameSocket;
  /** Origin header of the connection; native tools send none. */
  readonly origin: string | undefined;
  /** False when too many codes were tried lately, by anyone. */
  readonly takePairingAttempt: () => boolean;
}

export class ControlSession {
  readonly #deps: SessionDeps;
  #phase: 'waiting' | 'pairing' | 'ready' | 'ended' = 'waiting';
  #held: string[] = [];
  #cancelDeadline: Cancel | undefined;
  #heardAtMs = 0;
  /** Whether the token that it came with was revoked; set by `auth`. */
  #revoked: () => boolean = () => false;
  /** What it may do now; set by `auth`. */
  #rights: () => Rights | undefined = () => undefined;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  /** Time since the client last sent anything. */
  get silentMs(): number {
    return this.#deps.clock.now() - this.#heardAtMs;
  }

  start(): void {
    this.forgive();
    this.#send({
      type: 'hello',
      protocol: { min: PROTOCOL_MIN_VERSION, max: PROTOCOL_VERSION },
      relay: this.#deps.relay,
      features: [...this.#deps.features],
    });
    this.#awaitAuth();
  }

  stop(): void {
    this.#phase = 'ended';
    this.#cancelDeadline?.();
  }

  close(code: number, reason: string): void {
    if (this.#phase === 'ended') return;
    this.stop();
    this.#deps.socket.close(code, reason);
  }

  /** Ends the conversation when its token was revoked, by this process or another. */
  checkToken(): void {
    if (this.#phase === 'ready' && this.#revoked()) this.#refuse('bad-token', BAD_TOKEN);
  }

  /** Counts the silence from now. */
  forgive(): void {
    this.#heardAtMs = this.#deps.clock.now();
  }

  /** Sends a frame to an authenticated client, or drops a client that does not read. */
  deliver(frame: string): void {
    if (this.#phase === 'ready') this.#transmit(frame);
  }

  /** For figures of which only the newest counts: leaves them out while anything else waits. */
  deliverIfIdle(frame: string): void {
    if (this.#deps.socket.bufferedBytes() === 0) this.deliver(frame);
  }

  receive(text: string): void {
    this.forgive();
    if (this.#phase === 'ended') return;
    if (this.#phase === 'pairing') {
      if (this.#held.length >= MAX_HELD) this.#refuse('malformed', 'too many messages before `paired`');
      else this.#held.push(text);
      return;
    }
    try {
      this.#handle(parseFrame(clientMessageSchema, text));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (!this.#answerUnknownCommand(text)) this.#refuse('malformed', error.message);
    }
  }

  #handle(message: ClientMessage): void {
    if (this.#phase === 'waiting') {
      if (message.type === 'auth') this.#authenticate(message);
      else if (message.type === 'pair') this.#pair(message);
      else this.#refuse('malformed', 'field "type": expected auth or pair before anything else');
    } else if (message.type === 'ping') {
      this.#send({ type: 'pong', id: message.id, mediaTimeMs: this.#deps.mediaClock.now() });
    } else if (message.type === 'command') {
      const reply = this.#deps.runCommand(message, this.#rights());
      if (reply instanceof Promise) void this.#answerLater(message.id, reply);
      else this.#answer(message.id, reply);
    } else this.#refuse('malformed', 'field "type": this client is authenticated already');
  }

  #answer(id: number, reply: CommandReply): void {
    const said = reply === undefined ? {} : 'code' in reply ? { error: reply } : { answer: reply };
    this.#send({ type: 'result', id, ...said });
  }

  /** Never rejects. */
  async #answerLater(id: number, reply: Promise<CommandReply>): Promise<void> {
    const settled = await reply.catch((error: unknown): CommandReply => {
      this.#deps.log.error({ err: error }, 'a command failed');
      return { code: 'internal', message: 'the relay failed on this command: see its log' };
    });
    if (this.#phase === 'ready') this.#answer(id, settled);
  }

  #authenticate({ protocol, token, resume }: MessageOf<'auth'>): void {
    const { auth, origin, journal, mediamtx, cameras, wallClock } = this.#deps;
    const problem = versionProblem(protocol);
    if (problem !== undefined || !auth.verify(token, origin)) {
      if (problem === undefined) this.#refuse('bad-token', BAD_TOKEN);
      else this.#refuse('version', problem);
      return;
    }
    this.#cancelDeadline?.();
    this.#revoked = () => auth.isRevoked(token, origin);
    this.#rights = () => auth.rightsOf(token, origin);
    this.#phase = 'ready';
    this.#deps.socket.authenticated();
    this.#send({
      type: 'welcome',
      protocol: PROTOCOL_VERSION,
      runId: journal.runId,
      seq: journal.seq,
      serverTimeMs: wallClock.now(),
      mediamtx,
      cameras: [...cameras.values()].map((camera) => camera.state()),
    });
    for (const event of (resume === undefined ? undefined : journal.since(resume)) ?? []) this.#send(event);
  }

  #pair({ protocol, code, clientName }: MessageOf<'pair'>): void {
    const problem = versionProblem(protocol);
    if (problem !== undefined) this.#refuse('version', problem);
    else if (!this.#deps.takePairingAttempt())
      this.#refuse('too-many-attempts', 'too many pairing attempts: wait a minute, then try again');
    else {
      this.#phase = 'pairing';
      this.#cancelDeadline?.();
      void this.#redeem(code, clientName);
    }
  }

  /** Never rejects. */
  async #redeem(code: string, clientName: string): Promise<void> {
    const { auth, origin, log } = this.#deps;
    try {
      const result = await auth.pair({ code, clientName, origin });
      if (this.#phase === 'ended') return;
      if ('error' in result) return this.#refuse(result.error.code, result.error.message);
      this.#phase = 'waiting';
      this.#send({ type: 'paired', token: result.token });
      this.#awaitAuth();
      for (const text of this.#held.splice(0)) this.receive(text);
    } catch (error) {
      log.error({ err: error }, 'pairing failed');
      this.#refuse('internal', 'pairing failed on the relay: see its log');
    }
  }

  #awaitAuth(): void {
    this.#cancelDeadline = this.#deps.timers.after(AUTH_DEADLINE_MS, () =>
      this.close(CLOSE.slow, `no auth or pair within ${AUTH_DEADLINE_MS / 1000} s`),
    );
  }

  /** A newer client may know more commands than this relay: that is no reason to end the conversation. */
  #answerUnknownCommand(text: string): boolean {
    if (this.#phase !== 'ready') return false;
    let command: { id: number; command: string };
    try {
      command = parseFrame(anyCommandSchema, text);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
    if (isCommandName(command.command)) return false;
    const message = 'this relay does not know that command: update the relay';
    this.#send({ type: 'result', id: command.id, error: { code: 'unknown-command', message } });
    return true;
  }

  #refuse(code: ErrorCode, message: string): void {
    if (this.#phase === 'ended') return;
    this.#send({ type: 'refused', error: { code, message } });
    this.close(CLOSE_FOR[code] ?? CLOSE.unauthorized, message);
  }

  #send(message: RelayMessage): void {
    this.#transmit(JSON.stringify(message));
  }

  #transmit(frame: string): void {
    if (this.#deps.socket.bufferedBytes() > MAX_BACKLOG_BYTES)
      this.close(CLOSE.slow, 'this client reads too slowly: connect again for the full state');
    else this.#deps.socket.send(frame);
  }
}
