/** Trades a pairing code for a token over one short control connection. The options page shows the outcome. */
import { text as words } from '../texts/text.ts';
import { isMeantAsLink } from '../wire/pair-link.ts';
import type { Timers } from '../wire/ports.ts';
import {
  CLOSE,
  PROTOCOL_VERSION,
  ProtocolError,
  parseFrame,
  type RelayMessage,
  relayMessageSchema,
} from '../wire/protocol.ts';
import type { OpenSocket, SocketPort } from '../wire/socket-port.ts';
import type { LocalNetwork } from './local-network.ts';
import { reachAdvice } from './reach.ts';
import { parseRelayAddress, secureAddress } from './relay-address.ts';
import { versionMismatch } from './relay-version.ts';
import type { Pairing } from './settings.ts';

const PAIR_WITHIN_MS = 6_000;

export type PairFailure =
  | 'bad-address'
  | 'empty-code'
  | 'unreachable'
  | 'bad-code'
  | 'no-code'
  | 'too-many-attempts'
  | 'version'
  | 'tls'
  | 'relay';

/** Why pairing did not work; `message` is a sentence for the user with what to do next. */
export class PairError extends Error {
  override readonly name = 'PairError';
  constructor(
    readonly failure: PairFailure,
    message: string,
  ) {
    super(message);
  }
}

export interface PairRequest {
  readonly address: string;
  readonly code: string;
  /** How the relay lists this browser. */
  readonly clientName: string;
}

export interface PairDeps {
  readonly openSocket: OpenSocket<string>;
  readonly timers: Timers;
  /** For words about a relay that does not answer. */
  readonly localNetwork?: Pick<LocalNetwork, 'denied'>;
}

/** @throws PairError (as a rejection) */
export function pair({ openSocket, timers, localNetwork }: PairDeps, request: PairRequest): Promise<Pairing> {
  if (isMeantAsLink(request.address))
    return Promise.reject(new PairError('bad-address', words('pairBrokenLink')));
  const address = parseRelayAddress(request.address);
  const code = request.code.trim();
  if (address === undefined) {
    const message = words('pairBadAddress', request.address.trim());
    return Promise.reject(new PairError('bad-address', message));
  }
  if (code === '')
    return Promise.reject(new PairError('empty-code', words('pairEmptyCode', words('pairGetCode'))));
  return new Promise((resolve, reject) => {
    let socket: SocketPort | undefined;
    let relay = { relayName: '', relayId: '' };
    let greeted = false;
    let done = false;
    const finish = (settle: () => void): void => {
      if (done) return;
      done = true;
      cancel();
      socket?.close();
      settle();
    };
    const fail = (failure: PairFailure, message: string): void =>
      finish(() => reject(new PairError(failure, message)));
    const cancel = timers.after(PAIR_WITHIN_MS, () =>
      fail(
        'unreachable',
        greeted
          ? words('pairNoReply', address.text)
          : words(
              'pairNoAnswer',
              address.text,
              PAIR_WITHIN_MS / 1000,
              reachAdvice(address.text, localNetwork),
            ),
      ),
    );
    const receive = (message: RelayMessage): void => {
      switch (message.type) {
        case 'hello': {
          greeted = true;
          relay = { relayName: message.relay.name, relayId: message.relay.id };
          const mismatch = versionMismatch(message);
          if (mismatch !== undefined) fail('version', mismatch);
          else socket?.send(pairFrame(message.protocol.max, code, request.clientName));
          return;
        }
        case 'paired':
          finish(() => resolve({ address: address.text, token: message.token, ...relay }));
          return;
        case 'refused':
          finish(() => reject(refusal(message.error)));
          return;
        default:
          return;
      }
    };
    try {
      socket = openSocket(address.controlUrl, {
        onOpen: () => {},
        onMessage(text) {
          const message = parse(text);
          if (message !== undefined && !done) receive(message);
        },
        onClose: (closeCode) =>
          finish(() =>
            reject(closed(closeCode, greeted, address.text, reachAdvice(address.text, localNetwork))),
          ),
      });
    } catch {
      fail('bad-address', words('pairUnopenable', address.text));
    }
  });
}

function pairFrame(relayMax: number, code: string, clientName: string): string {
  return JSON.stringify({
    type: 'pair',
    protocol: Math.min(PROTOCOL_VERSION, relayMax),
    code: code.slice(0, 20),
    clientName: clientName.slice(0, 80),
  });
}

function parse(text: string): RelayMessage | undefined {
  try {
    return parseFrame(relayMessageSchema, text);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The relay's sentence says what is wrong with the code and what to do; it knows more than we do. */
function refusal({ code, message }: { code: string; message: string }): PairError {
  switch (code) {
    case 'bad-code':
    case 'no-code':
    case 'too-many-attempts':
    case 'version':
      return new PairError(code, message);
    default:
      return new PairError('relay', words('pairRefused', message));
  }
}

function closed(code: number, greeted: boolean, address: string, advice: string): PairError {
  if (code === CLOSE.version) {
    return new PairError('version', words('versionNone'));
  }
  if (code === CLOSE.tls) return new PairError('tls', words('pairTls', secureAddress(address)));
  if (code === CLOSE.unauthorized)
    return new PairError('bad-code', words('pairWrongCode', words('pairGetCode')));
  if (code === CLOSE.busy) {
    return new PairError('too-many-attempts', words('pairBusy'));
  }
  return new PairError(
    'unreachable',
    greeted ? words('pairClosed', address) : words('pairUnreachable', address, advice),
  );
}
