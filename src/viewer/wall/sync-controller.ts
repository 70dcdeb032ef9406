/**
 * Holds every tile on the wall's clock: reads each tile, asks its rate law, applies the answer. Ten times a
 * second, without a master, so that a frozen camera cannot freeze the others.
 *
 * A tile that is more than 2 s off for more than 10 s leaves the group, as does one that the latency policy lets go:
 * the wall goes on without it, it plays on towards its target by the same law and comes back by itself.
 */
import type { Cancel, Clock, Timers } from '../../wire/ports.ts';
import type { TilePort } from '../player/tile-port.ts';
import { RateLaw, reaches } from './rate-law.ts';
import { SeekTogether, type WayToWall } from './seek-together.ts';

/** The law's constants assume about this period. */
const PERIOD_MS = 100;
const LEAVE_OFF_MS = 2000;
const LEAVE_AFTER_MS = 10_000;
const RETURN_OFF_MS = 200;
/** From here on the law seeks. */
const LATE_MS = 700;
/** What has arrived but is not buffered yet gets this long before the player is sent after it. */
const PATIENCE_MS = 300;
/**
 * Missing more than this, the tile jumps to where the picture will be loaded instead of to the end of the buffer:
 * hls.js fetches parts only near its playhead, and not right behind a segment that it loaded whole.
 */
const JUMP_MS = 300;
const JUMP_PERIOD_MS = 4000;
/**
 * A seek into the midst of a GOP decodes all of it before: of a stream that is hardly decoded in time the tile was as late
 * afterwards as before, and sought again, while all other tiles waited for the decoder that they share with it. Such a tile
 * goes on where it is, hardly quicker, and is brought back with a keyframe as that is due.
 */
const LEAP_MS = 300;
const LEAP_WITHIN_MS = 250;
/** Into its picture: what is before it would have to be decoded from the keyframe before. */
const INTO_SEC = 0.01;
/** So little that the law answers with its smallest limit. */
const UNHURRIED_MS = 30;

export interface SyncTile {
  readonly port: TilePort;
  /** Added to the wall's target, for the camera's own capture delay: at 0 or below, the slowest camera's being 0. */
  offsetMs(): number;
  /** How much later than the wall the tile is on purpose; above 0 it is out of the group. */
  behindMs(): number;
  /** Newest programme time that has arrived, buffered or not. */
  edgeMs(): number | undefined;
  /** Position of a programme time that may lie outside the buffer; an estimate. */
  estimate(programMs: number): number | undefined;
  /**
   * Of a stream that this computer decodes hardly faster than it comes: programme time of the newest keyframe by then.
   * 'any' where a player catches up from any picture; undefined when there is no keyframe.
   */
  entryMs(programMs: number): number | 'any' | undefined;
}

export interface SyncState {
  /** Programme time wanted minus shown, so above 0 is late; undefined while the tile cannot tell. */
  readonly errorMs: number | undefined;
  readonly inGroup: boolean;
  readonly holding: boolean;
  readonly seeks: number;
}

interface Member {
  readonly tile: SyncTile;
  readonly law: RateLaw;
  readonly together: SeekTogether;
  errorMs: number | undefined;
  lastStepMs: number;
  lastSeekMs: number;
  farSinceMs: number | undefined;
  /** Since when the wanted picture has arrived but is not buffered, on a tile late enough for a seek. */
  missingSinceMs: number | undefined;
  inGroup: boolean;
  holding: boolean;
  seeks: number;
}

export interface SyncDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Programme time that the wall shows now: relay clock minus wall latency. */
  readonly wallProgramMs: () => number;
  readonly targetMs: () => number;
  readonly hidden: () => boolean;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

export class SyncController {
  readonly #deps: SyncDeps;
  readonly #members = new Map<string, Member>();
  #cancel: Cancel | undefined;

  constructor(deps: SyncDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancel ??= this.#deps.timers.every(PERIOD_MS, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  add(camera: string, tile: SyncTile): Cancel {
    const member: Member = {
      tile,
      law: new RateLaw(),
      together: new SeekTogether(),
      errorMs: undefined,
      lastStepMs: this.#deps.clock.now(),
      lastSeekMs: Number.NEGATIVE_INFINITY,
      farSinceMs: undefined,
      missingSinceMs: undefined,
      inGroup: true,
      holding: false,
      seeks: 0,
    };
    this.#members.set(camera, member);
    return () => {
      if (this.#members.get(camera) === member) this.#members.delete(camera);
    };
  }

  state(camera: string): SyncState {
    const member = this.#members.get(camera);
    if (member === undefined) return { errorMs: undefined, inGroup: false, holding: false, seeks: 0 };
    const { errorMs, inGroup, holding, seeks } = member;
    return { errorMs, inGroup, holding, seeks };
  }

  /**
   * Largest difference of the group's errors in ms: how far apart the pictures are by their media clocks.
   * @param plays false of a camera whose picture stands: it says so itself, and shows no instant together with the others
   */
  skewMs(plays: (camera: string) => boolean): number | undefined {
    const errors = [...this.#members].flatMap(([camera, { inGroup, errorMs }]) =>
      inGroup && errorMs !== undefined && plays(camera) ? [errorMs] : [],
    );
    return errors.length < 2 ? undefined : Math.max(...errors) - Math.min(...errors);
  }

  /** The target was moved: each tile may seek to it at once, however long ago its last seek was. */
  retarget(): void {
    for (const member of this.#members.values()) member.lastSeekMs = Number.NEGATIVE_INFINITY;
  }

  /** The page was hidden: brings every tile to the target by a seek at once, and quickly over what the seek itself costs. */
  resync(): void {
    this.retarget();
    for (const [camera, member] of this.#members) {
      member.law.begin();
      this.#jump(camera, member, this.#wantedMs(member), this.#deps.clock.now());
    }
  }

  #wantedMs(member: Member): number {
    return this.#deps.wallProgramMs() - member.tile.behindMs() + member.tile.offsetMs();
  }

  #tick(): void {
    if (this.#deps.hidden()) return;
    for (const [camera, member] of this.#members) this.#step(camera, member);
  }

  #step(camera: string, member: Member): void {
    const nowMs = this.#deps.clock.now();
    const { port } = member.tile;
    const elapsedMs = nowMs - member.lastStepMs;
    member.lastStepMs = nowMs;
    const shownMs = port.programMs();
    if (shownMs === undefined) member.law.begin();
    if (shownMs === undefined || !port.ready()) {
      member.errorMs = undefined;
      this.#group(camera, member, undefined, nowMs);
      return;
    }
    const wantedMs = this.#wantedMs(member);
    const errorMs = wantedMs - shownMs;
    member.errorMs = errorMs;
    this.#group(camera, member, errorMs, nowMs);
    const entryMs = member.tile.entryMs(wantedMs);
    if (entryMs !== 'any' && this.#leap(camera, member, { entryMs, shownMs, wantedMs }, nowMs)) return;
    const missingMs = errorMs - port.bufferAheadMs();
    const missing = errorMs > LATE_MS && missingMs > 0 && (member.tile.edgeMs() ?? 0) >= wantedMs;
    if (missing) member.missingSinceMs ??= nowMs;
    else member.missingSinceMs = undefined;
    const waitedMs = nowMs - (member.missingSinceMs ?? nowMs);
    const patient = missing && waitedMs < PATIENCE_MS;
    if (missing && !patient && missingMs > JUMP_MS && this.#jump(camera, member, wantedMs, nowMs)) return;
    const located = port.locate(wantedMs);
    const aheadSec = (located?.positionSec ?? 0) - port.positionSec();
    const setBack = errorMs < -LATE_MS && aheadSec > 0 && aheadSec * 1000 <= port.bufferAheadMs();
    if (setBack && nowMs - member.lastSeekMs >= JUMP_PERIOD_MS) {
      // A relay that came back with an earlier clock: the picture is old by the clock and lies ahead, in a newer epoch.
      this.#seek(camera, member, port.positionSec() + aheadSec, errorMs, nowMs);
      return;
    }
    const aheadMs = located === undefined ? errorMs : aheadSec * 1000;
    // Asks the element, so once.
    const bufferAheadMs = port.bufferAheadMs();
    const way = { late: errorMs > LATE_MS, reached: reaches({ aheadMs, bufferAheadMs }) };
    const waits = member.inGroup && member.together.waits(nowMs, way, () => this.#waysOfGroup());
    const action = member.law.step({
      errorMs: entryMs === 'any' ? errorMs : Math.min(errorMs, UNHURRIED_MS),
      elapsedMs,
      aheadMs,
      bufferAheadMs,
      bufferBehindMs: port.bufferBehindMs(),
      targetMs: this.#deps.targetMs() + member.tile.behindMs() - member.tile.offsetMs(),
      // Only at the seam: before it, older pictures still have to be played.
      inGap: located?.inGap === true && port.positionSec() >= located.positionSec,
      sinceSeekMs: patient || waits ? 0 : nowMs - member.lastSeekMs,
    });
    member.holding = action.kind === 'hold';
    if (action.kind === 'seek') {
      this.#seek(camera, member, port.positionSec() + action.byMs / 1000, errorMs, nowMs);
      return;
    }
    const rate = action.kind === 'hold' ? 0 : action.rate;
    if (rate !== port.rate()) port.setRate(rate);
  }

  /** Of those that show something, all at this moment. */
  #waysOfGroup(): WayToWall[] {
    return [...this.#members.values()].flatMap((member) => {
      const { port } = member.tile;
      const shownMs = port.programMs();
      const wantedMs = this.#wantedMs(member);
      const located = port.locate(wantedMs);
      if (!member.inGroup || !port.ready() || shownMs === undefined || located === undefined) return [];
      const aheadMs = (located.positionSec - port.positionSec()) * 1000;
      const reached = reaches({ aheadMs, bufferAheadMs: port.bufferAheadMs() });
      return [{ late: wantedMs - shownMs > LATE_MS, reached }];
    });
  }

  /** Seeks to a keyframe that is due now, on a tile that is late. */
  #leap(
    camera: string,
    member: Member,
    { entryMs, shownMs, wantedMs }: { entryMs: number | undefined; shownMs: number; wantedMs: number },
    nowMs: number,
  ): boolean {
    const { port } = member.tile;
    if (entryMs === undefined || entryMs <= shownMs || wantedMs - entryMs > LEAP_WITHIN_MS) return false;
    const bySec = (port.locate(entryMs)?.positionSec ?? 0) + INTO_SEC - port.positionSec();
    if (wantedMs - shownMs < LEAP_MS || bySec <= 0 || bySec * 1000 > port.bufferAheadMs()) return false;
    this.#seek(camera, member, port.positionSec() + bySec, wantedMs - shownMs, nowMs);
    return true;
  }

  /** Seeks to where the wanted picture is or will be loaded; false when nothing of it has arrived yet. */
  #jump(camera: string, member: Member, wantedMs: number, nowMs: number): boolean {
    if (nowMs - member.lastSeekMs < JUMP_PERIOD_MS) return false;
    const { port } = member.tile;
    const edgeMs = member.tile.edgeMs();
    const shownMs = port.programMs();
    if (edgeMs === undefined || shownMs === undefined || edgeMs < wantedMs) return false;
    const errorMs = wantedMs - shownMs;
    const buffered = errorMs <= port.bufferAheadMs() && -errorMs <= port.bufferBehindMs();
    const positionSec = buffered ? port.locate(wantedMs)?.positionSec : member.tile.estimate(wantedMs);
    if (positionSec === undefined || Math.abs(positionSec - port.positionSec()) < 0.3) return false;
    this.#seek(camera, member, positionSec, errorMs, nowMs);
    return true;
  }

  #seek(camera: string, member: Member, positionSec: number, errorMs: number, nowMs: number): void {
    const { port } = member.tile;
    this.#deps.log('seek to the wall', {
      camera,
      errorMs: Math.round(errorMs),
      bySec: Number((positionSec - port.positionSec()).toFixed(2)),
      bufferAheadMs: Math.round(port.bufferAheadMs()),
    });
    member.lastSeekMs = nowMs;
    member.seeks += 1;
    member.holding = false;
    if (port.rate() !== 1) port.setRate(1);
    port.seek(positionSec);
  }

  #group(camera: string, member: Member, errorMs: number | undefined, nowMs: number): void {
    const alone = member.tile.behindMs() > 0;
    const off = errorMs === undefined ? Number.POSITIVE_INFINITY : Math.abs(errorMs);
    if (off <= LEAVE_OFF_MS) member.farSinceMs = undefined;
    else member.farSinceMs ??= nowMs;
    const lost = member.farSinceMs !== undefined && nowMs - member.farSinceMs > LEAVE_AFTER_MS;
    if (member.inGroup && (lost || alone)) {
      member.inGroup = false;
      this.#deps.log('tile left the group', { camera, errorMs });
    } else if (!member.inGroup && !alone && off < RETURN_OFF_MS) {
      member.inGroup = true;
      this.#deps.log('tile came back to the group', { camera });
    }
  }
}
