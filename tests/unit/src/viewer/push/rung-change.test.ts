/** A change of the rung between the relay's own push and the viewer's links and mirror, on a fake clock: what the player gets. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PushHub } from '../../../../../relay/edge/push.ts';
import type { FrameSocket } from '../../../../../relay/edge/socket.ts';
import { Mirror } from '../../../../../src/viewer/push/mirror.ts';
import { RungLinks } from '../../../../../src/viewer/push/rung-links.ts';
import { FakeTime } from '../../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../../support/synthetic-camera.ts';

interface Stream {
  readonly partMs: number;
  readonly gopMs: number;
  /** Of its first keyframe, ms after the start. */
  readonly phaseMs: number;
  /** From the end of a part until it stands in the relay's Timeline. */
  readonly lateMs: number;
  /** Nothing of it is there before, ms after the start; then all from its last keyframe on. */
  readonly wakesAtMs?: number;
  readonly diesAtMs?: number;
}

const STEP_MS = 5;
/** When the tile is to change its rung, ms after the start. */
const CHANGE_AT_MS = 6_400;

function run(streams: { readonly main: Stream; readonly low: Stream }, untilMs = 14_000) {
  const time = new FakeTime();
  const startMs = time.now();
  const camera = new SyntheticCamera({ id: 'cam1', rungs: ['main', 'low'] });
  const log = pino({ level: 'silent' });
  const auth = { verify: () => true, isRevoked: () => false };
  const hub = new PushHub({
    runOf: () => 'run1',
    cameras: new Map([['cam1', camera]]),
    auth,
    timers: time,
    clock: time,
    log,
  });
  const mirror = new Mirror();
  const wire: (() => void)[] = [];
  const givenUp: (string | undefined)[] = [];
  const links = new RungLinks({
    camera: 'cam1',
    timers: time,
    random: () => 1,
    edgeMs: (run) => mirror.edgeMs(run),
    openSocket: (_url, handlers) => {
      let open = true;
      const relaySide: FrameSocket = {
        send: (frame) => {
          if (typeof frame !== 'string')
            wire.push(() => open && handlers.onMessage(frame.slice().buffer as ArrayBuffer));
        },
        bufferedBytes: () => 0,
        authenticated: () => {},
        close: (code, reason) => wire.push(() => open && handlers.onClose(code, reason)),
      };
      const relay = hub.accept(relaySide, undefined);
      wire.push(() => open && handlers.onOpen());
      return {
        send: (text) => wire.push(() => relay.onText(text)),
        close: () => {
          open = false;
          relay.onClose();
        },
      };
    },
    onFrame: (header, bytes) => {
      if (header.kind === 'part') return mirror.addPart(header, bytes) !== 'unusable';
      mirror.addInit(header, bytes);
      return true;
    },
    onState: () => {},
    onGone: () => {},
    onGivenUp: (rung) => givenUp.push(rung),
  });

  const feeds = Object.entries(streams).map(([rung, stream]) => {
    const timeline = camera.timeline(rung);
    const init = new TextEncoder().encode(`init ${rung}`);
    timeline.addInit({ id: rung, bytes: init, codecs: 'avc1.42c01e', width: 640, height: 360 });
    let atMs = stream.phaseMs;
    return (nowMs: number): void => {
      const { partMs, gopMs, phaseMs, lateMs, wakesAtMs = 0, diesAtMs = Number.POSITIVE_INFINITY } = stream;
      if (nowMs < wakesAtMs || nowMs > diesAtMs) return;
      if (atMs + gopMs < wakesAtMs) atMs += gopMs * Math.floor((wakesAtMs - atMs) / gopMs);
      for (;;) {
        const intoGopMs = (atMs - phaseMs) % gopMs;
        const durationMs = Math.min(partMs, gopMs - intoGopMs);
        if (atMs + durationMs + lateMs > nowMs) return;
        const independent = intoGopMs === 0;
        timeline.append({
          ...{ epoch: 0, initId: rung, durationMs, independent, startsSegment: independent },
          ...{ pdtMs: startMs + atMs, data: new Uint8Array(10) },
        });
        atMs += durationMs;
      }
    };
  });

  links.setLatency(300);
  links.setRung('main');
  links.setTarget({ url: 'ws://relay/media', token: 'token' });
  const edges: { atMs: number; edgeMs: number; rung: string | undefined }[] = [];
  for (let atMs = 0; atMs < untilMs; atMs += STEP_MS) {
    time.advance(STEP_MS);
    for (const feed of feeds) feed(atMs);
    if (atMs === CHANGE_AT_MS) links.setRung('low');
    for (const deliver of wire.splice(0)) deliver();
    edges.push({ atMs, edgeMs: (mirror.edgeMs() ?? startMs) - startMs, rung: links.rung });
  }
  links.stop();
  const parts = mirror.timeline.segments.flatMap((segment) => segment.parts);
  const steps = parts
    .slice(1)
    .map(({ pdtMs }, n) => pdtMs - (parts[n]?.pdtMs ?? 0) - (parts[n]?.durationMs ?? 0));
  /** How late the newest picture ever was while the change was under way, against what `main` is late. */
  const lag = edges
    .filter(({ atMs }) => atMs > CHANGE_AT_MS - 1_000)
    .map(({ atMs, edgeMs }) => atMs - edgeMs);
  const changedAtMs = edges.find(({ rung }) => rung === 'low')?.atMs;
  return { steps, changedAtMs, worstLagMs: Math.max(...lag), givenUp, pending: time.pending };
}

const MAIN: Stream = { partMs: 67, gopMs: 2_010, phaseMs: 0, lateMs: 20 };
const half = (...streams: Stream[]): number => Math.max(...streams.map(({ partMs }) => partMs)) / 2 + 5;

describe('a change of the rung, from the relay’s Timelines to the viewer’s mirror', () => {
  it.each<[string, Stream, Stream]>([
    ['to what a transcoder makes 90 ms later', MAIN, { ...MAIN, lateMs: 110 }],
    ['from that to its source', { ...MAIN, lateMs: 110 }, MAIN],
    [
      'to a substream with keyframes of its own',
      MAIN,
      { partMs: 133, gopMs: 1_600, phaseMs: 333, lateMs: 90 },
    ],
    ['to a rung that takes 0.3 s to wake', MAIN, { ...MAIN, lateMs: 90, wakesAtMs: CHANGE_AT_MS + 300 }],
    ['to a rung that takes 3 s to wake', MAIN, { ...MAIN, lateMs: 90, wakesAtMs: CHANGE_AT_MS + 3_000 }],
  ])('%s: nothing is missing, nothing comes twice, and the old one plays until then', (_what, main, low) => {
    const { steps, changedAtMs, worstLagMs, givenUp } = run({ main, low });
    const awakeMs = Math.max(0, (low.wakesAtMs ?? 0) - CHANGE_AT_MS);
    expect((changedAtMs ?? Number.NaN) - CHANGE_AT_MS).toBeLessThan(awakeMs + 2_010 + 300);
    expect(Math.max(...steps)).toBeLessThanOrEqual(half(main, low));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(-half(main, low));
    // One part more than the later of the two is late by itself: the player's buffer is not drained by more.
    expect(worstLagMs).toBeLessThanOrEqual(
      Math.max(main.lateMs, low.lateMs) + 2 * Math.max(main.partMs, low.partMs) + STEP_MS,
    );
    expect(givenUp).toEqual([]);
  });

  it('to a rung that never wakes: the old one plays on without a seam', () => {
    const { steps, changedAtMs, worstLagMs, givenUp } = run({
      main: MAIN,
      low: { ...MAIN, wakesAtMs: 60_000 },
    });
    expect([changedAtMs, givenUp]).toEqual([undefined, ['low']]);
    expect(steps.every((step) => Math.abs(step) < 1)).toBe(true);
    expect(worstLagMs).toBeLessThan(100);
  });

  it('from a rung that has died: within a GOP, however long ago that was', () => {
    const { changedAtMs, givenUp } = run({ main: { ...MAIN, diesAtMs: CHANGE_AT_MS - 1_000 }, low: MAIN });
    expect((changedAtMs ?? Number.NaN) - CHANGE_AT_MS).toBeLessThan(2_010 + 300);
    expect(givenUp).toEqual([]);
  });
});
