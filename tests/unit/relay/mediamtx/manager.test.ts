import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, type MediamtxApi } from '../../../../relay/mediamtx/api.ts';
import { MediamtxManager } from '../../../../relay/mediamtx/manager.ts';
import { PLAN_HLS } from '../../../../relay/mediamtx/settings.ts';
import type { ChildEvents, SpawnChild } from '../../../../relay/process/child.ts';
import type { PortHolder } from '../../../../relay/process/port-owner.ts';
import { FakeTime } from '../../../support/fake-time.ts';

interface Started {
  readonly configFile: string;
  readonly cwd: string | undefined;
  readonly events: ChildEvents;
  readonly signals: string[];
}

let root = '';
let program = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-manager-'));
  program = join(root, 'mediamtx');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const PORTS = { rtsp: 8554, api: 9997, hls: 8888 };

/** A host with a MediaMTX that does what the test says. */
class World {
  readonly time = new FakeTime();
  readonly started: Started[] = [];
  readonly forgotten: number[] = [];
  readonly busyPorts = new Set<number>();
  version = 'v1.20.1';
  /** What it reports differs in this from what its file says. */
  deviation: Record<string, unknown> = {};
  holder: PortHolder = 'group';
  /** Passwords that the API was asked with. */
  readonly passwords: string[] = [];
  /** Fails each call to the API. */
  trouble: ApiError | undefined;
  readonly manager: MediamtxManager;

  readonly logged: string[] = [];

  constructor() {
    let random = 0;
    const keep = (_fields: object, message: string): void => {
      this.logged.push(message);
    };
    this.manager = new MediamtxManager({
      options: { program, hls: PLAN_HLS, webrtc: undefined, readers: undefined, ports: PORTS },
      dataDir: root,
      ownerPid: process.pid,
      spawn: this.#spawn,
      runRecords: { add: (pid) => () => this.forgotten.push(pid) },
      portProbe: {
        isFree: (port) => Promise.resolve(!this.busyPorts.has(port)),
        owner: () => undefined,
        holder: () => this.holder,
        firstEphemeral: 32_768,
      },
      clock: this.time,
      timers: this.time,
      random: () => {
        random = (random + 0.01) % 1;
        return random;
      },
      log: { debug: () => undefined, info: keep, warn: keep, error: keep },
      connect: (_port, password) => {
        this.passwords.push(password);
        return this.#api();
      },
    });
  }

  get current(): Started {
    return this.started.at(-1) ?? expect.fail('nothing was started');
  }

  /** Lets everything happen that waits for no time, then time pass in small steps. */
  async pass(ms: number): Promise<void> {
    await settle();
    const stepMs = Math.max(50, ms / 50);
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.time.advance(stepMs);
      await settle();
    }
  }

  async stop(): Promise<void> {
    const stopped = this.manager.stop();
    await this.pass(50);
    await stopped;
  }

  readonly #spawn: SpawnChild = (spec, events) => {
    const pid = 100 + this.started.length;
    if (spec.args[0] === '--version') {
      queueMicrotask(() => {
        events.onStdout(Buffer.from(`${this.version}\n`));
        events.onEnded({ kind: 'exit', code: 0 });
      });
      return { pid, signal: () => undefined };
    }
    const signals: string[] = [];
    this.started.push({ configFile: spec.args[0] ?? '', cwd: spec.cwd, events, signals });
    return {
      pid,
      signal: (signal) => {
        signals.push(signal);
        queueMicrotask(() => events.onEnded({ kind: 'signal', signal }));
      },
    };
  };

  #api(): MediamtxApi {
    const answer = <T>(value: () => T): Promise<T> =>
      this.trouble === undefined ? Promise.resolve(value()) : Promise.reject(this.trouble);
    // The settings that were asked for are known from the file only in real life; here everything matches.
    const everything = (deviation: Record<string, unknown>) =>
      new Proxy(deviation, { get: (target, name) => Reflect.get(target, name) ?? this.#asked(String(name)) });
    return {
      version: () => answer(() => this.version),
      globalSettings: () => answer(() => everything(this.deviation)),
      pathDefaults: () => answer(() => everything({})),
      configuredPaths: () => answer(() => Object.keys(this.#file().paths)),
      webrtcSessions: () => answer(() => []),
    };
  }

  #file(): { paths: Record<string, unknown>; pathDefaults: Record<string, unknown>; [key: string]: unknown } {
    return JSON.parse(readFileSync(this.current.configFile, 'utf8'));
  }

  #asked(name: string): unknown {
    const file = this.#file();
    return file[name] ?? file.pathDefaults[name];
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
}

describe('the manager of MediaMTX', () => {
  it('is ready once the settings read back are those asked for', async () => {
    const world = new World();
    world.trouble = new ApiError('unreachable', 'not yet');
    world.manager.start();
    await world.pass(500);
    expect(world.manager.state).toEqual({ name: 'starting' });
    world.trouble = undefined;
    await world.pass(100);
    expect(world.manager.state).toEqual({ name: 'ready', version: '1.20.1', pid: 100 });
    expect(world.current.configFile).toBe(join(world.current.cwd ?? '', 'mediamtx.json'));
    await world.stop();
  });

  it('never takes one for ready that runs with other settings', async () => {
    const world = new World();
    world.deviation = { rtmp: true };
    world.manager.start();
    await world.pass(200);
    expect(world.manager.state).toEqual({
      name: 'lost',
      reason: 'MediaMTX runs with other settings than asked for: rtmp is true, not false',
    });
    expect(world.started[0]?.signals).toEqual(['SIGKILL']);
    expect(world.forgotten).toEqual([100]);
    world.deviation = {};
    await world.pass(1_000);
    expect(world.manager.state.name).toBe('ready');
    await world.stop();
  });

  it('kills it after three unanswered calls, and at once', async () => {
    const world = new World();
    world.manager.start();
    await world.pass(100);
    world.trouble = new ApiError('silent', 'the API did not answer');
    await world.pass(2_500);
    expect(world.manager.state.name).toBe('ready');
    await world.pass(1_000);
    expect(world.manager.state).toEqual({
      name: 'lost',
      reason: 'MediaMTX hangs: the API did not answer, several times in a row',
    });
    expect(world.started[0]?.signals).toEqual(['SIGKILL']);
    await world.stop();
  });

  it('starts another after an exit that nobody asked for, even with code 0, at the same addresses', async () => {
    const world = new World();
    const before = world.manager.publishUrl('front/main');
    expect(before).toMatch(/^rtsp:\/\/127\.0\.0\.1:8554\/[0-9a-f]{32}\/front\/main$/);
    world.manager.start();
    await world.pass(100);
    world.current.events.onStdout(Buffer.from('2026/01/01 00:00:00 ERR cannot bind\n'));
    world.current.events.onEnded({ kind: 'exit', code: 0 });
    await world.pass(50);
    expect(world.manager.state).toEqual({ name: 'lost', reason: 'MediaMTX ended: cannot bind' });
    await world.pass(1_000);
    expect(world.manager.state).toMatchObject({ name: 'ready', pid: 101 });
    expect(world.manager.publishUrl('front/main')).toBe(before);
    expect(world.started).toHaveLength(2);
    await world.stop();
  });

  it('has another password in each life', async () => {
    const world = new World();
    world.manager.start();
    await world.pass(100);
    world.current.events.onEnded({ kind: 'exit', code: 0 });
    await world.pass(1_000);
    expect(new Set(world.passwords).size).toBe(2);
    await world.stop();
  });

  it('is told its password only when it is sure that it listens, and nobody else', async () => {
    const world = new World();
    world.holder = 'nobody';
    world.manager.start();
    await world.pass(300);
    expect([world.manager.state.name, world.passwords]).toEqual(['starting', []]);
    world.holder = 'other';
    await world.pass(300);
    expect(world.passwords).toEqual([]);
    expect(world.manager.state).toEqual({
      name: 'lost',
      reason: 'MediaMTX cannot be asked: another program listens at its API port',
    });
    expect(world.started[0]?.signals).toEqual(['SIGKILL']);
    world.holder = 'group';
    await world.pass(1_000);
    expect(world.manager.state.name).toBe('ready');
    await world.stop();
  });

  it('is degraded while it keeps dying, and never gives up', async () => {
    const world = new World();
    world.manager.start();
    for (let death = 0; death < 30; death += 1) {
      await world.pass(100);
      if (world.manager.state.name !== 'ready') continue;
      world.current.events.onEnded({ kind: 'signal', signal: 'SIGKILL' });
      await world.pass(31_000);
    }
    expect(world.logged.filter((message) => message.endsWith('it keeps failing')).length).toBeGreaterThan(10);
    expect(world.manager.state.name).toBe('ready');
    await world.stop();
  });

  it('waits for its port, says so once, and takes it when it is free', async () => {
    const world = new World();
    world.busyPorts.add(8888);
    world.manager.start();
    await world.pass(100);
    expect(world.manager.state).toMatchObject({
      name: 'degraded',
      reason: expect.stringContaining('TCP port 8888 for HLS of MediaMTX is taken'),
    });
    await world.pass(120_000);
    expect(world.started).toEqual([]);
    expect(world.logged.filter((message) => message.includes('8888'))).toEqual([
      'TCP port 8888 for HLS of MediaMTX is taken by another program; MediaMTX is started when it is free: end it, or set another port ("mediamtx.ports.hls") and restart the relay; it keeps failing',
    ]);
    world.busyPorts.clear();
    await world.pass(31_000);
    expect(world.manager.state.name).toBe('ready');
    await world.stop();
  });

  it('notices that the program was replaced meanwhile', async () => {
    const world = new World();
    world.manager.start();
    await world.pass(100);
    world.version = 'v1.21.0';
    world.current.events.onEnded({ kind: 'exit', code: 0 });
    await world.pass(1_000);
    expect(world.manager.state).toMatchObject({ name: 'ready', version: '1.21.0' });
    chmodSync(program, 0o644);
    writeFileSync(program, 'gone');
    world.current.events.onEnded({ kind: 'exit', code: 0 });
    await world.pass(1_500);
    expect(world.manager.state).toMatchObject({ name: 'degraded', reason: expect.stringContaining(program) });
    await world.stop();
  });

  it('asks nothing and holds no timer when it was stopped', async () => {
    const world = new World();
    world.manager.start();
    await world.pass(100);
    await world.stop();
    expect(world.current.signals).toEqual(['SIGTERM']);
    await world.manager.stop();
    expect(world.manager.state).toEqual({ name: 'stopped' });
    expect(world.time.pending).toBe(0);
  });
});
