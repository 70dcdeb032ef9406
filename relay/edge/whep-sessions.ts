/**
 * The real-time sessions of viewers, by a name of ours that cannot be guessed, and the decision which of them are
 * dead. Pure. A closed tab says nothing, and MediaMTX would go on sending to it for half a minute.
 */
import type { Cancel } from '../../src/wire/ports.ts';
import type { ApiWebrtcSession } from '../mediamtx/api.ts';
import type { WhepSession } from '../mediamtx/whep.ts';
import { RateBucket } from './rate-bucket.ts';

export interface ViewerSession {
  /** Ours. */
  readonly id: string;
  readonly camera: string;
  readonly rung: string;
  /** Hash of the token that opened it: only that one may use it. */
  readonly owner: string;
  /** Whether the token that opened it was revoked. */
  readonly isRevoked: () => boolean;
  readonly upstream: WhepSession;
  /** Called once when it ends: its rung may sleep then. */
  readonly release: Cancel;
  /** False when more candidates come than any viewer has. */
  takeTrickle(): boolean;
}

interface Entry extends ViewerSession {
  readonly openedAtMs: number;
  inboundBytes: number;
  heardAtMs: number;
}

/** Walls of a dozen cameras for a few viewers; each costs MediaMTX the bit rate of its rung. */
export const MAX_SESSIONS = 64;
/** A session that is not listed yet may have been opened after the list was made. */
const LISTED_AFTER_MS = 3_000;
/** The viewer gives up after 3 s itself. */
const CONNECTED_WITHIN_MS = 8_000;
/** A viewer sends reports and connectivity checks at least every 2.5 s. */
const SILENT_MS = 8_000;
/** Candidates come in a handful of fragments. */
const TRICKLE_LIMIT = { burst: 20, perSecond: 1 };

export interface Dead {
  readonly session: ViewerSession;
  /** Half a sentence. */
  readonly why: string;
  /** MediaMTX still has it. */
  readonly upstreamOpen: boolean;
}

export class WhepSessions {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  add(session: Omit<ViewerSession, 'takeTrickle'>, clock: { now(): number }): void {
    const bucket = new RateBucket({ limit: TRICKLE_LIMIT, clock });
    const nowMs = clock.now();
    this.#entries.set(session.id, {
      ...session,
      takeTrickle: () => bucket.take(),
      openedAtMs: nowMs,
      inboundBytes: 0,
      heardAtMs: nowMs,
    });
  }

  /** The session of that name, if `owner` opened it for this camera and rung. */
  find(wanted: Pick<ViewerSession, 'id' | 'camera' | 'rung' | 'owner'>): ViewerSession | undefined {
    const entry = this.#entries.get(wanted.id);
    const { camera, rung, owner } = wanted;
    return entry?.camera === camera && entry.rung === rung && entry.owner === owner ? entry : undefined;
  }

  remove(id: string): void {
    this.#entries.get(id)?.release();
    this.#entries.delete(id);
  }

  countOf(camera: string): number {
    return [...this.#entries.values()].filter((entry) => entry.camera === camera).length;
  }

  /** Takes out those of a camera. */
  takeOf(camera: string): ViewerSession[] {
    const sessions = [...this.#entries.values()].filter((entry) => entry.camera === camera);
    for (const { id } of sessions) this.#entries.delete(id);
    return sessions;
  }

  /** Takes out those whose token was revoked. */
  takeRevoked(): ViewerSession[] {
    const revoked = [...this.#entries.values()].filter(({ isRevoked }) => isRevoked());
    for (const { id } of revoked) this.remove(id);
    return revoked;
  }

  /** Takes out what is dead by MediaMTX's list. */
  sweep(listed: readonly ApiWebrtcSession[], nowMs: number): Dead[] {
    const reports = new Map(listed.map((report) => [report.id, report]));
    const dead: Dead[] = [];
    for (const entry of this.#entries.values()) {
      const report = reports.get(entry.upstream.id);
      const why = judge(entry, report, nowMs);
      if (why === undefined) continue;
      this.remove(entry.id);
      dead.push({ session: entry, why, upstreamOpen: report !== undefined });
    }
    return dead;
  }
}

function judge(entry: Entry, report: ApiWebrtcSession | undefined, nowMs: number): string | undefined {
  if (report === undefined) {
    return nowMs - entry.openedAtMs < LISTED_AFTER_MS ? undefined : 'MediaMTX has ended it';
  }
  if (report.inboundBytes > entry.inboundBytes) {
    entry.inboundBytes = report.inboundBytes;
    entry.heardAtMs = nowMs;
  }
  if (!report.peerConnectionEstablished && nowMs - entry.openedAtMs > CONNECTED_WITHIN_MS) {
    return 'it never connected: is the UDP port reachable?';
  }
  return nowMs - entry.heardAtMs > SILENT_MS ? 'its viewer fell silent' : undefined;
}
