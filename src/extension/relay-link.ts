/**
 * One control socket to one relay, kept open for ever: greets, authenticates, resumes, pings, notices a dead
 * connection, and comes back with full jitter. Background and wall each hold one.
 *
 *   off ─start→ connecting ─welcome→ open
 *                   ↑ ↘ closed      ↙ closed or silent
 *                   └──── waiting, refused
 *
 * `refused` waits too: for another relay (its version, its TLS) a minute at most, for a token until it is told to try again.
 *
 * What the messages mean for the cameras is relay-state.ts, what the end of a connection means is link-ending.ts, the
 * clock arithmetic is clock-offset.ts, pairing is pair.ts.
 */
import { text } from '../texts/text.ts';
import { fullJitterMs } from '../wire/backoff.ts';
import type { Cancel, Clock, Timers } from '../wire/ports.ts';
import {
  type ClientMessage,
  type CommandAnswer,
  DEAD_AFTER_MS,
  PROTOCOL_VERSION,
  ProtocolError,
  parseFrame,
  type RelayMessage,
  type RelayMessageOf,
  relayMessageSchema,
} from '../wire/protocol.ts';
import type { OpenSocket, SocketPort } from '../wire/socket-port.ts';
import { CommandError, type CommandInput, LinkCommands } from './link-commands.ts';
import {
  endingOf,
  type LinkEnding,
  lost,
  RESTART_ATTEMPTS,
  unusableAddress,
  wrongVersion,
} from './link-ending.ts';
import { LinkPings } from './link-pings.ts';
import type { LocalNetwork } from './local-network.ts';
import { reachAdvice } from './reach.ts';
import type { LinkTarget } from './relay-address.ts';
import { applyRelayMessage, EMPTY_RELAY_STATE, type RelayState } from './relay-state.ts';
import { versionMismatch } from './relay-version.ts';

/** Opening, greeting and welcome together; a host that drops packets would otherwise take the browser minutes. */
const CONNECT_WITHIN_MS = 5_000;
/** Nine tiles that are refused ask for one look, not for nine. */
const RECHECK_MS = 10_000;
/** "Since" times are shown in whole seconds and minutes; a smaller difference is a late message. */
const CLOCK_SET_MS = 2_000;
export type LinkPhase = 'off' | 'connecting' | 'open' | 'waiting' | 'refused';

export interface LinkStatus {
  readonly phase: LinkPhase;
  /** Why the link is not open, in a sentence with what to do; empty while it is, or before the first failure. */
  readonly reason: string;
  /** Only when `refused`: what its end was about. */
  readonly refusal: LinkEnding['refusal'];
  /** When the next attempt is due, ms since the Unix epoch by our clock; in `waiting`, and in `refused` unless it is for a token. */
  readonly retryAtMs: number | undefined;
}

export interface RelayLinkDeps {
  readonly openSocket: OpenSocket<string>;
  /** Monotonic. */
  readonly clock: Clock;
  /** Ms since the Unix epoch; the offsets of the relay's clocks are measured against it. */
  readonly wallClock: Clock;
  readonly timers: Timers;
  /** Between 0 (included) and 1. */
  readonly random: () => number;
  readonly client: 'background' | 'wall' | 'tool';
  /** For words about a relay that does not answer. */
  readonly localNetwork?: Pick<LocalNetwork, 'denied'>;
  /** Called for each valid message, after the state took it in. */
  readonly onMessage?: (message: RelayMessage) => void;
}

export class RelayLink {
  readonly #deps: RelayLinkDeps;
  readonly #pings: LinkPings;
  readonly #commands = new LinkCommands();
  readonly #listeners = new Set<() => void>();
  /** At any time at most one: the connection's deadline, the wait, or the watch on a silent relay. */
  #timer: Cancel | undefined;
  #target: LinkTarget | undefined;
  #socket: SocketPort | undefined;
  #state: RelayState = EMPTY_RELAY_STATE;
  #status: LinkStatus = OFF;
  #refused: RelayMessageOf<'refused'>['error'] | undefined;
  #attempt = 0;
  #restarting = false;
  #lastHeardMs = 0;
  #coarseOffsetMs = 0;
  #recheckedMs = Number.NEGATIVE_INFINITY;

  constructor(deps: RelayLinkDeps) {
    this.#deps = deps;
    const { clock, wallClock, timers } = deps;
    const send = (id: number): void => this.#send({ type: 'ping', id });
    this.#pings = new LinkPings({ clock, wallClock, timers, send });
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** What the relay last said; survives a lost connection. */
  get state(): RelayState {
    return this.#state;
  }

  /**
   * Relay's media clock minus our wall clock, in ms; undefined before the first answer to a ping. A lost connection
   * leaves it as it was until the first answer on the next one.
   */
  get offsetMs(): number | undefined {
    return this.#pings.offsetMs;
  }

  get rttMs(): number | undefined {
    return this.#pings.rttMs;
  }

  /**
   * The relay host's clock minus our wall clock, in ms, to within a network delay: for "since" times, which must not
   * flicker. Steady until one of the clocks is set. Pictures are placed with {@link offsetMs}.
   */
  get coarseOffsetMs(): number {
    return this.#coarseOffsetMs;
  }

  /** Calls `listener` after the status or the state changed. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Connects to `target` and keeps connected. What is known of a relay stays when only the token is another one, so
   * that a new pairing changes nothing on the wall; another relay drops it.
   */
  start(target: LinkTarget): void {
    const same = this.#target?.controlUrl === target.controlUrl;
    this.#disconnect();
    this.#target = target;
    if (!same) {
      this.#state = { ...EMPTY_RELAY_STATE, position: target.resume };
      this.#pings.reset();
    }
    this.#attempt = 0;
    this.#restarting = false;
    this.#status = OFF;
    this.#connect();
  }

  stop(): void {
    this.#disconnect();
    this.#target = undefined;
    this.#set(OFF);
  }

  /** Cuts a wait short: the user asked, the network came back, or an alarm fired. */
  retryNow(): void {
    if (this.#status.phase !== 'waiting' && this.#status.phase !== 'refused') return;
    this.#disconnect();
    this.#connect();
  }

  /** The relay refused us on another socket: asks it on a new one whether it still takes us. What it said stays. */
  recheck(): void {
    const nowMs = this.#deps.clock.now();
    if (this.#status.phase !== 'open' || nowMs - this.#recheckedMs < RECHECK_MS) return;
    this.#recheckedMs = nowMs;
    this.#disconnect();
    this.#connect();
  }

  /**
   * Sends a command; resolves with what it brought, if anything.
   * @throws CommandError (as a rejection) with the relay's code, or `not-connected`
   */
  command(input: CommandInput): Promise<CommandAnswer | undefined> {
    if (this.#status.phase !== 'open') {
      return Promise.reject(new CommandError('not-connected', text('commandNotConnected')));
    }
    return this.#commands.add((id) => this.#send({ type: 'command', id, ...input }));
  }

  #connect(): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#refused = undefined;
    this.#set({ ...OFF, phase: 'connecting', reason: this.#status.reason });
    this.#later(CONNECT_WITHIN_MS, () =>
      this.#end(lost(text('linkNoAnswer', target.address, this.#advice(target)))),
    );
    // Handlers of a socket that was given up must not speak for the next one.
    const mine = (run: () => void): void => {
      if (this.#socket === socket) run();
    };
    let socket: SocketPort;
    try {
      socket = this.#deps.openSocket(target.controlUrl, {
        onOpen: () => {},
        onMessage: (text) => mine(() => this.#receive(text, target)),
        onClose: (code) => mine(() => this.#closed(code, target)),
      });
    } catch {
      this.#end(unusableAddress(target.address));
      return;
    }
    this.#socket = socket;
  }

  #receive(text: string, target: LinkTarget): void {
    this.#lastHeardMs = this.#deps.clock.now();
    let message: RelayMessage;
    try {
      message = parseFrame(relayMessageSchema, text);
    } catch (error) {
      // A newer relay may say more than this build knows.
      if (error instanceof ProtocolError) return;
      throw error;
    }
    const before = this.#state;
    this.#state = applyRelayMessage(before, message);
    this.#handle(message, target);
    this.#deps.onMessage?.(message);
    this.#pings.heard();
    if (this.#state !== before) this.#notify();
  }

  #handle(message: RelayMessage, target: LinkTarget): void {
    switch (message.type) {
      case 'hello':
        this.#greet(message, target);
        return;
      case 'welcome':
        this.#coarseOffsetMs = message.serverTimeMs - this.#deps.wallClock.now();
        this.#opened();
        return;
      case 'tick':
        this.#ticked(message);
        return;
      case 'pong':
        this.#pings.pong(message);
        return;
      case 'result':
        this.#commands.settle(message);
        return;
      case 'refused':
        this.#refused = message.error;
        return;
      default:
        return;
    }
  }

  #greet(hello: RelayMessageOf<'hello'>, { token }: LinkTarget): void {
    const mismatch = versionMismatch(hello);
    if (mismatch !== undefined) {
      this.#end(wrongVersion(mismatch));
      return;
    }
    const resume = this.#state.position;
    this.#send({
      type: 'auth',
      protocol: Math.min(PROTOCOL_VERSION, hello.protocol.max),
      token,
      client: this.#deps.client,
      ...(resume === undefined ? {} : { resume }),
    });
  }

  /** Late messages make an offset smaller by as much; only a clock that was set makes it this different. */
  #ticked({ serverTimeMs }: RelayMessageOf<'tick'>): void {
    const offsetMs = serverTimeMs - this.#deps.wallClock.now();
    if (Math.abs(offsetMs - this.#coarseOffsetMs) < CLOCK_SET_MS) return;
    this.#coarseOffsetMs = offsetMs;
    this.#notify();
  }

  #opened(): void {
    this.#attempt = 0;
    this.#restarting = false;
    this.#set({ ...OFF, phase: 'open' });
    this.#pings.start();
    this.#listen();
  }

  /** Drops a connection on which nothing was heard for too long; armed anew whenever it fires early. */
  #listen(): void {
    const leftMs = this.#lastHeardMs + DEAD_AFTER_MS - this.#deps.clock.now();
    if (leftMs <= 0) this.#end(lost(text('linkSilent')));
    else this.#later(leftMs, () => this.#listen());
  }

  #closed(code: number, { address }: LinkTarget): void {
    const wasOpen = this.#status.phase === 'open';
    const advice = this.#advice({ address });
    const restarting = this.#restarting && this.#attempt < RESTART_ATTEMPTS;
    this.#end(endingOf({ code, refused: this.#refused, wasOpen, restarting, address, advice }));
  }

  #advice({ address }: Pick<LinkTarget, 'address'>): string {
    return reachAdvice(address, this.#deps.localNetwork);
  }

  #end({ refusal, reason, retry, expected }: LinkEnding): void {
    this.#disconnect();
    if (expected === true) {
      this.#attempt = 0;
      this.#restarting = true;
    }
    let retryAtMs: number | undefined;
    if (retry !== undefined) {
      const waitMs = fullJitterMs(retry, this.#attempt, this.#deps.random);
      this.#attempt += 1;
      this.#later(waitMs, () => this.#connect());
      retryAtMs = this.#deps.wallClock.now() + waitMs;
    }
    this.#set({ phase: refusal === undefined ? 'waiting' : 'refused', refusal, reason, retryAtMs });
  }

  #disconnect(): void {
    this.#timer?.();
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#pings.stop();
    this.#commands.failAll();
  }

  /** Replaces the timer that runs. */
  #later(delayMs: number, run: () => void): void {
    this.#timer?.();
    this.#timer = this.#deps.timers.after(delayMs, run);
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #set(status: LinkStatus): void {
    const before = this.#status;
    this.#status = status;
    if (before !== status) this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const OFF: LinkStatus = { phase: 'off', reason: '', refusal: undefined, retryAtMs: undefined };
