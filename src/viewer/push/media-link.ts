/**
 * One media socket: subscribes a camera, hands on its frames, acknowledges them, and comes back after every
 * loss. What a frame means is the mirror's business.
 *
 * Acknowledgements are the relay's only view of what arrived (the kernel's send buffer hides the rest, design.md
 * §5), so every part frame is acknowledged, cumulatively, whether the mirror could use it or not.
 */

import { text } from '../../texts/text.ts';
import { type Backoff, fullJitterMs } from '../../wire/backoff.ts';
import { decodeMediaFrame, type MediaHeader } from '../../wire/media-frames.ts';
import type { Cancel, Timers } from '../../wire/ports.ts';
import { CLOSE, type MediaRequest, PROTOCOL_VERSION, ProtocolError } from '../../wire/protocol.ts';
import type { OpenSocket, SocketPort } from '../../wire/socket-port.ts';

export type LinkState =
  /** No relay to talk to. */
  | 'idle'
  | 'connecting'
  | 'open'
  /** Lost; waiting to try again. */
  | 'waiting'
  /** The relay has no such camera or rung: nothing comes of asking for the same one at once. */
  | 'gone';

export interface LinkTarget {
  readonly url: string;
  readonly token: string;
}

export interface MediaLinkDeps {
  readonly camera: string;
  /** Absent: the relay's best. */
  readonly rung?: string;
  readonly openSocket: OpenSocket<ArrayBuffer>;
  readonly timers: Timers;
  /** Between 0 (included) and 1. */
  readonly random: () => number;
  /** False when the frame cannot be used at all: the socket is dropped, and opened anew after a wait. */
  readonly onFrame: (header: MediaHeader, bytes: Uint8Array) => boolean;
  /** `reason` in words; `code` is the WebSocket close code where there is one. */
  readonly onState: (state: LinkState, reason: string, code?: number) => void;
}

/** The cap keeps "picture moving after the link is back" under 4 s (design.md §9). */
const BACKOFF: Backoff = { baseMs: 250, capMs: 3_000 };
/** A socket that neither opens nor delivers is dropped: TCP alone would wait for minutes after a black hole. */
const SILENCE_MS = 3_000;
/**
 * An open socket gets this long until its first frame: a rung that sleeps is made when it is asked for, which takes a busy
 * host seconds. The socket before it is open gets {@link SILENCE_MS} like any other.
 */
const WAKE_MS = 6_000;
/** Doubles up to this while reopening does not help (the camera itself may be away). */
const MAX_SILENCE_MS = 15_000;

export class MediaLink {
  readonly #deps: MediaLinkDeps;
  /** Whether the next socket begins with a keyframe that is still to come, and not with history. */
  brief = false;
  /** PDT from which on the next socket is to bring media, asked when it is open; without it as the relay sees fit. */
  from: (() => number | undefined) | undefined;
  #target: LinkTarget | undefined;
  #latencyMs = 0;
  #socket: SocketPort | undefined;
  #state: LinkState = 'idle';
  #attempts = 0;
  #silenceMs = SILENCE_MS;
  #parts = 0;
  #heard = false;
  #spared = false;
  #retry: Cancel | undefined;
  #watch: Cancel | undefined;

  constructor(deps: MediaLinkDeps) {
    this.#deps = deps;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects to this relay, dropping any other; undefined disconnects. */
  setTarget(target: LinkTarget | undefined): void {
    if (target?.url === this.#target?.url && target?.token === this.#target?.token) return;
    this.#drop();
    this.#target = target;
    this.#attempts = 0;
    if (target === undefined) this.#enter('idle', text('mediaNoRelay'));
    else this.#open();
  }

  /** The tile's latency target: how much history the relay sends and how much may be under way. */
  setLatency(latencyMs: number): void {
    if (latencyMs === this.#latencyMs) return;
    this.#latencyMs = latencyMs;
    if (this.#state === 'open') this.#send({ type: 'window', latencyMs });
  }

  /** While it is spared it brings no more than what is on its way: the relay waits for acknowledgements. */
  spare(spared: boolean): void {
    if (spared === this.#spared) return;
    this.#spared = spared;
    if (!spared && this.#parts > 0 && this.#state === 'open') this.#acknowledge();
  }

  /** Drops the socket and connects anew at once, also to what was gone. */
  reconnect(reason: string): void {
    if (this.#target === undefined) return;
    this.#drop();
    this.#enter('waiting', reason);
    this.#open();
  }

  stop(): void {
    this.#drop();
    this.#target = undefined;
    this.#state = 'idle';
  }

  #open(): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#enter('connecting', text('mediaConnecting'));
    this.#parts = 0;
    const current = (): boolean => this.#socket === socket;
    const socket = this.#deps.openSocket(target.url, {
      onOpen: () => {
        if (!current()) return;
        const { camera, rung } = this.#deps;
        const { token } = target;
        const fromMs = this.from?.();
        this.#watchSilence(WAKE_MS);
        this.#enter('open', '');
        this.#send({
          type: 'subscribe',
          protocol: PROTOCOL_VERSION,
          token,
          camera,
          ...(rung === undefined ? {} : { rung }),
          latencyMs: this.#latencyMs,
          ...(this.brief ? { start: 'next-keyframe' } : {}),
          ...(fromMs === undefined ? {} : { fromMs }),
        });
      },
      onMessage: (frame) => {
        if (current()) this.#frame(frame);
      },
      onClose: (code, reason) => {
        if (current()) this.#closed(code, reason);
      },
    });
    this.#socket = socket;
    this.#watchSilence();
  }

  #frame(frame: ArrayBuffer): void {
    let decoded: ReturnType<typeof decodeMediaFrame>;
    try {
      decoded = decodeMediaFrame(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#lost(text('mediaBadFrame', error.message), CLOSE.malformed);
      return;
    }
    this.#heard = true;
    const isPart = decoded.header.kind === 'part';
    if (isPart) {
      this.#parts += 1;
      if (!this.#spared) this.#acknowledge();
    }
    if (!this.#deps.onFrame(decoded.header, decoded.bytes)) {
      this.#lost(text('mediaBadPart'));
    } else if (isPart) {
      this.#attempts = 0;
      this.#silenceMs = SILENCE_MS;
    }
  }

  /** One timer for the life of the socket: a timer per frame would cost more than the check is worth. */
  #watchSilence(atLeastMs = 0): void {
    const waitMs = Math.max(this.#silenceMs, atLeastMs);
    this.#heard = false;
    this.#watch?.();
    this.#watch = this.#deps.timers.after(waitMs, () => {
      if (this.#heard) {
        this.#watchSilence();
        return;
      }
      const waited = (waitMs / 1000).toFixed(0);
      this.#silenceMs = Math.min(this.#silenceMs * 2, MAX_SILENCE_MS);
      this.#lost(text('mediaSilent', waited));
    });
  }

  #closed(code: number, reason: string): void {
    this.#socket = undefined;
    if (code === CLOSE.notFound) {
      this.#drop();
      this.#enter('gone', text('mediaGone'), code);
    } else if (code === CLOSE.unauthorized) {
      // Whether that is final is for the control link to say: there the relay gives its reason in words.
      this.#lost(text('mediaToken'), code);
    } else if (code === CLOSE.version) {
      this.#lost(text('mediaVersion'), code);
    } else this.#lost(reason === '' ? text('mediaLost') : reason, code);
  }

  #lost(reason: string, code?: number): void {
    this.#drop();
    const waitMs = fullJitterMs(BACKOFF, this.#attempts, this.#deps.random);
    this.#attempts += 1;
    this.#enter('waiting', reason, code);
    this.#retry = this.#deps.timers.after(waitMs, () => this.#open());
  }

  #drop(): void {
    this.#retry?.();
    this.#watch?.();
    this.#retry = undefined;
    this.#watch = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #acknowledge(): void {
    this.#send({ type: 'ack', parts: this.#parts });
  }

  #send(request: MediaRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }

  #enter(state: LinkState, reason: string, code?: number): void {
    this.#state = state;
    this.#deps.onState(state, reason, code);
  }
}
