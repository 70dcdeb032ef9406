import { beforeEach, describe, expect, it } from 'vitest';
import { WhepSessions } from '../../../../relay/edge/whep-sessions.ts';

const clock = { now: () => 0 };
const released: string[] = [];
beforeEach(() => released.splice(0));
const session = (id: string) => ({
  id,
  camera: 'front',
  rung: 'main',
  owner: 'me',
  isRevoked: () => false,
  upstream: { id: `upstream-${id}`, resource: 'http://x/' },
  release: () => void released.push(id),
});
const report = (id: string, inboundBytes: number, peerConnectionEstablished = true) => ({
  id: `upstream-${id}`,
  inboundBytes,
  peerConnectionEstablished,
});

const opened = (...ids: string[]): WhepSessions => {
  const sessions = new WhepSessions();
  for (const id of ids) sessions.add(session(id), clock);
  return sessions;
};
const reasons = (sessions: WhepSessions, reports: ReturnType<typeof report>[], nowMs: number) =>
  sessions.sweep(reports, nowMs).map(({ session: { id }, why }) => `${id}: ${why}`);

describe('WhepSessions', () => {
  it('gives a session only to its owner, and only under its camera and rung', () => {
    const sessions = opened('a');
    const asked = { id: 'a', camera: 'front', rung: 'main', owner: 'me' };
    expect(sessions.find(asked)?.upstream.id).toBe('upstream-a');
    for (const wrong of [{ id: 'b' }, { camera: 'back' }, { rung: '720' }, { owner: 'you' }])
      expect(sessions.find({ ...asked, ...wrong })).toBeUndefined();
  });

  it('lets go of the rung once, however a session ends', () => {
    const sessions = opened('a', 'b', 'c');
    sessions.remove('a');
    sessions.remove('a');
    sessions.sweep([report('c', 1)], 4_000);
    expect(released).toEqual(['a', 'b']);
  });

  it('keeps sessions whose viewer is heard', () => {
    const sessions = opened('a');
    for (let nowMs = 2_000, bytes = 100; nowMs <= 60_000; nowMs += 2_000, bytes += 1) {
      expect(sessions.sweep([report('a', bytes)], nowMs)).toEqual([]);
    }
    expect(sessions.size).toBe(1);
  });

  it('removes a session whose viewer fell silent', () => {
    const sessions = opened('a', 'b');
    expect(reasons(sessions, [report('a', 5), report('b', 5)], 2_000)).toEqual([]);
    expect(reasons(sessions, [report('a', 5), report('b', 6)], 9_000)).toEqual([]);
    expect(reasons(sessions, [report('a', 5), report('b', 7)], 10_500)).toEqual([
      'a: its viewer fell silent',
    ]);
    expect(sessions.size).toBe(1);
  });

  it('removes a session that never connected, however much it is heard', () => {
    const sessions = opened('a');
    expect(reasons(sessions, [report('a', 5, false)], 7_000)).toEqual([]);
    expect(reasons(sessions, [report('a', 50, false)], 8_500)).toEqual([
      'a: it never connected: is the UDP port reachable?',
    ]);
  });

  it('forgets a session that MediaMTX has ended, but not one that was opened a moment ago', () => {
    const sessions = opened('a');
    expect(sessions.sweep([], 2_000)).toEqual([]);
    expect(sessions.sweep([], 4_000)).toMatchObject([{ why: 'MediaMTX has ended it', upstreamOpen: false }]);
    expect(sessions.size).toBe(0);
  });

  it('limits candidates', () => {
    const sessions = opened('a');
    const found = sessions.find({ id: 'a', camera: 'front', rung: 'main', owner: 'me' });
    const taken = Array.from({ length: 30 }, () => found?.takeTrickle());
    expect(taken.filter(Boolean)).toHaveLength(20);
  });
});
