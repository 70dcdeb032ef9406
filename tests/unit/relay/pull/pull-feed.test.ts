import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PullEvent, PullFeed } from '../../../../relay/pull/pull-feed.ts';
import type { PullEndpoint } from '../../../../relay/pull/pull-session.ts';
import { Timeline, type TimelinePart, type TimelineSegment } from '../../../../src/wire/timeline.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { FakeMuxer, FakeServer, PART_MS } from './fake-muxer.ts';

const ENDPOINT: PullEndpoint = { hlsBase: 'http://127.0.0.1:8888', hlsSecret: 's3cret' };
const RETRY_MS = 150;

let time: FakeTime;
let server: FakeServer;
let timeline: Timeline;
let events: PullEvent[];
let parts: { part: TimelinePart; segment: TimelineSegment; atMs: number }[];
let logged: string[];
let endpoint: PullEndpoint | undefined;
let feed: PullFeed;

beforeEach(() => {
  time = new FakeTime(1_700_000_000_000);
  server = new FakeServer(time);
  timeline = new Timeline({ windowMs: 14_000 });
  events = [];
  parts = [];
  logged = [];
  endpoint = ENDPOINT;
  timeline.onPart((part, segment) => parts.push({ part, segment, atMs: time.now() }));
  const write = (fields: Record<string, unknown>, message: string): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  feed = new PullFeed({
    timeline,
    endpoint: () => endpoint,
    path: 'key/cam 1',
    configuredPartMs: 50,
    mediaClock: time,
    timers: time,
    connect: server.connect,
    log: { debug: write, info: write, warn: write, error: write },
    onEvent: (event) => events.push(event),
  });
});
afterEach(() => feed.stop());

/** Lets all promises run that nothing but themselves holds up. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A muxer that has just closed its first segment. */
function freshMuxer(prefix = 'a', options = {}): FakeMuxer {
  const muxer = new FakeMuxer(prefix, options);
  for (let n = 0; n < 5; n += 1) muxer.add();
  server.muxer = muxer;
  return muxer;
}

/** `count` parts in real time. */
async function play(muxer: FakeMuxer, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    time.advance(PART_MS);
    muxer.add();
    server.update();
    await settle();
  }
}

async function retry(): Promise<void> {
  time.advance(RETRY_MS);
  await settle();
}

const kinds = (): string[] => events.map(({ kind }) => kind).filter((kind) => kind !== 'part');
const places = (): string[] => parts.map(({ part }) => `${part.msn}.${part.index}`);
const epochs = (): number[] => parts.map(({ segment }) => segment.epoch);

describe('PullFeed', () => {
  it('brings each part once and in order, a segment for each of the muxer', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 7);
    expect(places()).toEqual([
      '0.0',
      '0.1',
      '0.2',
      '0.3',
      '0.4',
      '1.0',
      '1.1',
      '1.2',
      '1.3',
      '1.4',
      '2.0',
      '2.1',
    ]);
    expect(kinds()).toEqual(['joined']);
    expect(events.filter(({ kind }) => kind === 'part')).toHaveLength(12);
    const asked = server.requests.filter((request) => request.includes('_part'));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('dates media by its arrival, what was made before we came included', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    const joinedMs = time.now();
    await play(muxer, 2);
    parts.forEach(({ part }, n) => {
      expect(part.pdtMs).toBeCloseTo(joinedMs + (n - 5) * PART_MS, 0);
    });
  });

  it('waits for the hinted part and the list behind it, on one connection that knows the secret', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 1);
    expect(server.waiting).toEqual([
      '/key/cam%201/a_part6.mp4',
      '/key/cam%201/video1_stream.m3u8?_HLS_msn=8&_HLS_part=1',
    ]);
    expect(server.origins.map(({ bearer }) => bearer)).toEqual(['s3cret']);
  });

  it('asks for index.m3u8 again until somebody publishes, and tells why only once', async () => {
    feed.start();
    await settle();
    for (let n = 0; n < 5; n += 1) await retry();
    expect(server.requests).toEqual(Array(6).fill('/key/cam%201/index.m3u8'));
    expect(events).toEqual([{ kind: 'lost', problem: 'status 404' }]);
    freshMuxer();
    await retry();
    expect(kinds()).toEqual(['lost', 'joined']);
  });

  it('waits for MediaMTX itself, and follows it to another port', async () => {
    endpoint = undefined;
    feed.start();
    await settle();
    expect(events).toEqual([{ kind: 'lost', problem: 'MediaMTX is not running' }]);
    expect(server.requests).toEqual([]);
    endpoint = ENDPOINT;
    const muxer = freshMuxer();
    await retry();
    await play(muxer, 3);
    expect(parts).toHaveLength(8);
  });

  it('makes a new muxer a new epoch, with a discontinuity and a sequence that goes on', async () => {
    const first = freshMuxer('a');
    feed.start();
    await settle();
    await play(first, 4);
    server.close();
    await settle();
    time.advance(1000);
    const second = freshMuxer('b', { width: 320 });
    await retry();
    await play(second, 4);
    expect(kinds()).toEqual(['joined', 'lost', 'joined']);
    expect(epochs()).toEqual([...Array(9).fill(1), ...Array(9).fill(2)]);
    expect(parts[9]).toMatchObject({ part: { msn: 2, index: 0 }, segment: { discontinuity: true } });
    expect(timeline.init(parts[9]?.segment.initId ?? '')?.width).toBe(320);
    const last = parts[8]?.part;
    expect(parts[9]?.part.pdtMs).toBeGreaterThan((last?.pdtMs ?? 0) + (last?.durationMs ?? 0));
  });

  it('tells muxers apart whose names and headers are the same', async () => {
    const first = freshMuxer('a');
    feed.start();
    await settle();
    await play(first, 9);
    server.close();
    await settle();
    time.advance(1000);
    const second = freshMuxer('a');
    await retry();
    await play(second, 4);
    expect(epochs()).toEqual([...Array(14).fill(1), ...Array(9).fill(2)]);
  });

  it('loses nothing when the connection breaks and the muxer lives', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 2);
    server.close();
    await settle();
    server.muxer = muxer;
    muxer.add();
    muxer.add();
    await retry();
    await play(muxer, 3);
    expect(parts).toHaveLength(12);
    expect(new Set(epochs())).toEqual(new Set([1]));
    expect(kinds()).toEqual(['joined', 'lost']);
  });

  it('waits for a part before it brings any, because only such a part has a known time', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    time.advance(PART_MS / 2);
    expect(server.waiting).toEqual(['/key/cam%201/video1_stream.m3u8?_HLS_msn=8&_HLS_part=0']);
    expect(parts).toEqual([]);
    await play(muxer, 1);
    expect(parts).toHaveLength(6);
  });

  it('tells a problem again when media came in between', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 1);
    for (let n = 0; n < 2; n += 1) {
      server.close();
      await settle();
      server.muxer = muxer;
      await retry();
      await play(muxer, 1);
    }
    expect(kinds()).toEqual(['joined', 'lost', 'lost']);
  });

  it('begins a new epoch at a keyframe when parts were missed, and says so', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 2);
    server.close();
    await settle();
    server.muxer = muxer;
    for (let n = 0; n < 20; n += 1) muxer.add();
    time.advance(20 * PART_MS);
    await settle();
    await play(muxer, 2);
    expect(kinds().filter((kind) => kind === 'missed')).toHaveLength(1);
    expect(new Set(epochs())).toEqual(new Set([1, 2]));
    const resumed = parts.find(({ segment }) => segment.epoch === 2);
    expect(resumed?.part).toMatchObject({ index: 0, independent: true });
  });

  it('begins a new epoch where media is missing although no part is', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 4);
    muxer.add(500);
    time.advance(500 + PART_MS);
    server.update();
    await settle();
    await play(muxer, 6);
    expect(new Set(epochs())).toEqual(new Set([1, 2]));
  });

  it('gives up a request that nobody answers, and goes on where it was', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 1);
    time.advance(3300);
    await settle();
    expect(events.at(-1)).toEqual({ kind: 'lost', problem: 'no answer within 3201 ms' });
    await retry();
    expect(server.waiting).toHaveLength(2);
    muxer.add();
    server.update();
    await settle();
    expect(parts).toHaveLength(7);
  });

  it('lets a muxer whose media it cannot read wait for two seconds, and follows the next one', async () => {
    freshMuxer('a', { entry: 'hvc1' });
    feed.start();
    await settle();
    expect(events).toEqual([{ kind: 'lost', problem: 'header without an H.264 track' }]);
    const asked = server.requests.length;
    time.advance(1900);
    await settle();
    expect(server.requests).toHaveLength(asked);
    const muxer = freshMuxer('b');
    time.advance(100);
    await settle();
    await play(muxer, 2);
    expect(parts).toHaveLength(7);
  });

  it('goes on in a new epoch after a part that it could not read', async () => {
    const muxer = freshMuxer();
    const answer = muxer.answer.bind(muxer);
    muxer.answer = (url) => (url.pathname.endsWith('part6.mp4') ? new Uint8Array(16).fill(9) : answer(url));
    feed.start();
    await settle();
    await play(muxer, 2);
    expect(kinds()).toEqual(['joined', 'lost']);
    for (let n = 0; n < 14; n += 1) muxer.add();
    time.advance(2000);
    await settle();
    await play(muxer, 3);
    expect(kinds()).toEqual(['joined', 'lost', 'joined']);
    expect(new Set(epochs())).toEqual(new Set([1, 2]));
  });

  it('refuses an address on another server, where the secret would go with it', async () => {
    const muxer = freshMuxer();
    const answer = muxer.answer.bind(muxer);
    muxer.answer = (url) => {
      const body = answer(url);
      return typeof body === 'string'
        ? body.replace('video1_stream', 'http://192.0.2.1/video1_stream')
        : body;
    };
    feed.start();
    await settle();
    expect(events).toEqual([{ kind: 'lost', problem: 'a URI of another server' }]);
    expect(server.requests).toHaveLength(1);
  });

  it('reports a muxer whose part duration froze too long, at each segment that it closes', async () => {
    const muxer = freshMuxer();
    const answer = muxer.answer.bind(muxer);
    muxer.answer = (url) => {
      const body = answer(url);
      return typeof body === 'string' ? body.replaceAll('DURATION=0.06667', 'DURATION=0.40000') : body;
    };
    feed.start();
    await settle();
    expect(kinds()).toEqual(['joined']);
    await play(muxer, 15);
    const frozen = { kind: 'frozen-parts', partMs: 400, expectedMs: expect.closeTo(83.33) };
    expect(events.filter(({ kind }) => kind === 'frozen-parts')).toEqual([frozen, frozen, frozen]);
  });

  it('asks nothing more and brings nothing more after its stop, and can start again', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 2);
    feed.stop();
    feed.stop();
    await settle();
    const asked = server.requests.length;
    await play(muxer, 2);
    expect(server.waiting).toEqual([]);
    expect(server.requests).toHaveLength(asked);
    expect(parts).toHaveLength(7);
    feed.start();
    await settle();
    expect(parts).toHaveLength(9);
    expect(new Set(epochs())).toEqual(new Set([1]));
  });

  it('survives a mistake of its own and puts it in the log', async () => {
    const muxer = freshMuxer();
    muxer.answer = () => {
      throw new TypeError('a bug');
    };
    feed.start();
    await settle();
    expect(events).toEqual([{ kind: 'lost', problem: 'a bug' }]);
    expect(logged.some((line) => line.startsWith('pulling failed in a way we do not know'))).toBe(true);
    freshMuxer('b');
    time.advance(2000);
    await settle();
    expect(kinds()).toEqual(['lost', 'joined']);
  });

  it('keeps the secret out of events and log', async () => {
    const muxer = freshMuxer();
    feed.start();
    await settle();
    await play(muxer, 2);
    server.close();
    await settle();
    await retry();
    expect(JSON.stringify(events) + logged.join()).not.toContain('s3cret');
  });
});
