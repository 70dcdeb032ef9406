/**
 * Who may use the relay: trades a pairing code for a token and checks tokens. The transport (which message carries
 * a token, how a refusal closes a socket) is relay/edge; the rules of codes are pairing.ts, the files are tokens.ts.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../src/wire/ports.ts';
import type { ErrorCode } from '../../src/wire/protocol.ts';
import { PairingDesk } from './pairing.ts';
import type { Random } from './random.ts';
import { type Rights, TokenStore } from './tokens.ts';

export interface PairRequest {
  readonly code: string;
  readonly clientName: string;
  /** The `Origin` header of the client's connection; undefined for native tools, which send none. */
  readonly origin: string | undefined;
}
export type PairResult =
  | { readonly token: string }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } };

export interface Authenticator {
  /** Whether `token` was issued to exactly this `origin` and is not revoked, by any process. */
  verify(token: string, origin: string | undefined): boolean;
  /**
   * Whether `token`, which {@link verify} accepted before, was revoked since, by any process. False while the tokens
   * cannot be read: that is no reason to tell a client for good that it must pair again.
   */
  isRevoked(token: string, origin: string | undefined): boolean;
  /** What the token's client may do besides watching; undefined when {@link verify} does not accept it. */
  rightsOf(token: string, origin: string | undefined): Rights | undefined;
  /** Redeems a pairing code. Wrong, expired and used-up codes come back as an error, never as an exception. */
  pair(request: PairRequest): Promise<PairResult>;
  /** Origins that hold a token: the ones that CORS answers may name. */
  pairedOrigins(): readonly string[];
}

export interface AuthenticatorOptions {
  /** Folder of tokens/ and pairing.json; must exist. */
  readonly dataDir: string;
  /** Wall clock: the expiry of a code must mean the same in another process. */
  readonly clock: Clock;
  readonly random?: Random;
  /** Told in one sentence when a stored file cannot be used. */
  readonly onProblem?: (message: string) => void;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { dataDir, clock, random = randomBytes, onProblem } = options;
  const tokens = new TokenStore({ dataDir, clock, random, onProblem });
  const desk = new PairingDesk({ dataDir, clock, random });
  return {
    verify: (token, origin) => tokens.verify(token, origin),
    isRevoked: (token, origin) => tokens.isRevoked(token, origin),
    rightsOf: (token, origin) => tokens.rightsOf(token, origin),
    pairedOrigins: () => tokens.origins(),
    async pair({ code, clientName, origin }) {
      try {
        const result = await desk.redeem(code);
        if ('code' in result) return { error: result };
        return { token: tokens.issue({ clientName, origin, ...result }) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        onProblem?.(`Pairing failed: the relay cannot use its data folder ${dataDir} (${reason}).`);
        return {
          error: {
            code: 'internal',
            message: 'The relay cannot store the token: run `lockstep doctor` on its host, then pair again.',
          },
        };
      }
    },
  };
}
