import { describe, expect, it } from 'vitest';
import { type FeedRequest, MediamtxOutlet } from '../../../../relay/camera/mediamtx-outlet.ts';
import type { OutletEvents } from '../../../../relay/camera/outlet.ts';
import { ApiError } from '../../../../relay/mediamtx/api.ts';
import type { MediamtxState } from '../../../../relay/mediamtx/status.ts';
import type { RungPlan } from '../../../../relay/transcode/ladder.ts';
import type { InitSegment } from '../../../../src/wire/timeline.ts';
import { Timeline } from '../../../../src/wire/timeline.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const READY: MediamtxState = { name: 'ready', version: '1.20.1', pid: 1 };
const INIT: InitSegment = { id: 'i1', bytes: new Uint8Array(), codecs: 'avc1', width: 640, height: 360 };
const VARIANT = { uri: 'x', bandwidth: 1, codecs: undefined, size: undefined, frameRate: undefined };
const rung = (id: string): RungPlan => ({
  id,
  size: undefined,
  expected: { width: 640, height: 360 },
  fps: 30,
  bitrateKbps: 600,
  constantQuality: false,
});

class FakeManager {
  state: MediamtxState = READY;
  readonly kicked: string[] = [];
  trouble: Error | undefined;
  readonly #listeners = new Set<(state: MediamtxState) => void>();

  onChange(listener: (state: MediamtxState) => void) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
  become(state: MediamtxState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
  get listeners(): number {
    return this.#listeners.size;
  }
  publishUrl(path: string) {
    return `rtsp://127.0.0.1:1/key/${path}`;
  }
  kickPublisher(path: string) {
    this.kicked.push(path);
    return this.trouble === undefined ? Promise.resolve() : Promise.reject(this.trouble);
  }
}

function setUp() {
  const time = new FakeTime();
  const manager = new FakeManager();
  const feeds = new Map<string, FeedRequest & { running: boolean }>();
  const said: string[] = [];
  const log = (_fields: object, message: string) => said.push(message);
  const outlet = new MediamtxOutlet({
    camera: 'front',
    manager,
    firstGopMs: 200,
    clock: time,
    log: { debug: log, info: log, warn: log, error: log },
    createTimeline: () => new Timeline({ windowMs: 14_000 }),
    createFeed: (request) => {
      const feed = { ...request, running: false };
      feeds.set(request.path, feed);
      return {
        start: () => {
          feed.running = true;
        },
        stop: () => {
          feed.running = false;
        },
      };
    },
  });
  const told: string[] = [];
  const events = (name: string): OutletEvents => ({
    onInit: (id, { width }) => told.push(`${name}: ${id} begins, ${width} wide`),
    onMedia: (id, { durationMs, bytes }) => told.push(`${name}: ${id} ${durationMs} ms, ${bytes} bytes`),
    onFault: (problem) => told.push(`${name}: ${problem}`),
  });
  const feed = (path: string) => {
    const found = feeds.get(path);
    if (found === undefined) throw new Error(`no feed of ${path}`);
    return found;
  };
  const join = (path: string) => feed(path).onEvent({ kind: 'joined', init: INIT, variant: VARIANT });
  const part = (path: string) => feed(path).onEvent({ kind: 'part', durationMs: 67, bytes: 9 });
  return { time, manager, outlet, events, told, said, feeds, feed, join, part };
}

describe('MediamtxOutlet', () => {
  it('has encoders publish each rung to a path of its own', async () => {
    const { outlet } = setUp();
    const sink = await outlet.sink(new AbortController().signal);
    expect(sink.kind === 'rtsp' && [sink.url('main'), sink.url('360')]).toEqual([
      'rtsp://127.0.0.1:1/key/front/main',
      'rtsp://127.0.0.1:1/key/front/360',
    ]);
  });

  it('lets them wait until MediaMTX is ready', async () => {
    const { outlet, manager } = setUp();
    manager.become({ name: 'lost', reason: 'MediaMTX was killed (SIGKILL)' });
    let waited = true;
    const sink = outlet.sink(new AbortController().signal).then(() => {
      waited = false;
    });
    await Promise.resolve();
    expect(waited).toBe(true);
    expect(outlet.trouble()).toBe('MediaMTX was killed (SIGKILL)');
    manager.become(READY);
    await sink;
    expect(outlet.trouble()).toBeUndefined();
    expect(manager.listeners).toBe(0);
  });

  it('lets nobody wait who was told to stop', async () => {
    const { outlet, manager } = setUp();
    manager.become({ name: 'starting' });
    const stop = new AbortController();
    const sink = outlet.sink(stop.signal);
    stop.abort();
    await sink;
    expect(manager.listeners).toBe(0);
  });

  it('passes on what is pulled', () => {
    const { outlet, events, told, join, part } = setUp();
    outlet.open([rung('main'), rung('360')], 0, events('run'));
    join('front/main');
    part('front/main');
    join('front/360');
    expect(told).toEqual([
      'run: main begins, 640 wide',
      'run: main 67 ms, 9 bytes',
      'run: 360 begins, 640 wide',
    ]);
  });

  it('keeps feed and timeline through restarts, and takes no rest of the old process for the new one', () => {
    const { outlet, events, told, feeds, feed, join, part } = setUp();
    const timeline = outlet.timeline('main');
    const first = outlet.open([rung('main')], 0, events('first'));
    join('front/main');
    first.close();
    part('front/main');
    outlet.open([rung('main')], 300, events('second'));
    part('front/main');
    expect(told).toEqual(['first: main begins, 640 wide']);
    join('front/main');
    part('front/main');
    expect(told.slice(1)).toEqual(['second: main begins, 640 wide', 'second: main 67 ms, 9 bytes']);
    expect(feeds.size).toBe(1);
    expect(feed('front/main')).toMatchObject({ running: true, timeline });
    expect(feed('front/main').delayMs()).toBe(300);
    expect(outlet.timeline('main')).toBe(timeline);
  });

  it('ignores the end of a run that another one followed', () => {
    const { outlet, events, told, join } = setUp();
    const first = outlet.open([rung('main')], 0, events('first'));
    outlet.open([rung('main')], 0, events('second'));
    first.close();
    join('front/main');
    expect(told).toEqual(['second: main begins, 640 wide']);
  });

  it('stops following a rung that is not made any more, and all of them in the end', () => {
    const { outlet, events, feed } = setUp();
    outlet.open([rung('main'), rung('360')], 0, events('first'));
    outlet.open([rung('main')], 0, events('second'));
    expect([feed('front/main').running, feed('front/360').running]).toEqual([true, false]);
    outlet.stop();
    outlet.stop();
    expect(feed('front/main').running).toBe(false);
  });

  it('has a muxer with frozen parts made anew, less and less often', async () => {
    const { outlet, events, manager, time, said, feed } = setUp();
    outlet.open([rung('main')], 0, events('run'));
    const frozen = () => feed('front/main').onEvent({ kind: 'frozen-parts', partMs: 233, expectedMs: 93 });
    frozen();
    time.advance(10_000);
    frozen();
    frozen();
    expect(manager.kicked).toEqual(['front/main']);
    expect(said.filter((line) => line.includes('a new start in 10 s'))).toHaveLength(1);
    time.advance(10_000);
    manager.trouble = new ApiError('silent', 'no answer');
    frozen();
    await Promise.resolve();
    expect(manager.kicked).toEqual(['front/main', 'front/main']);
  });
});
