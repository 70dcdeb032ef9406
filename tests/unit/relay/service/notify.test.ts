import { describe, expect, it, vi } from 'vitest';
import type { ChildSpec, SpawnChild } from '../../../../relay/process/child.ts';
import type { Ending } from '../../../../relay/process/ending.ts';
import { notifyReady } from '../../../../relay/service/notify.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const WELL: Ending = { kind: 'exit', code: 0 };

function start(env: Record<string, string>, ending: () => Ending = () => WELL) {
  const time = new FakeTime();
  const ran: ChildSpec[] = [];
  const spawn: SpawnChild = (spec, events) => {
    ran.push(spec);
    queueMicrotask(() => events.onEnded(ending()));
    return { pid: 7, signal: () => undefined };
  };
  const warn = vi.fn();
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn, error: nothing };
  const stopping = notifyReady({ spawn, timers: time, env, log });
  const said = (): string[] => ran.map(({ program, args }) => [program, ...args].join(' '));
  return { time, said, warn, stopping };
}

const SERVICE = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000' };

describe('a relay that systemd runs', () => {
  it('says that it is ready, every 15 s of 30 that it is alive, and that it stops', () => {
    const { time, said, stopping } = start(SERVICE);
    const call = 'env NOTIFY_SOCKET=/run/systemd/notify systemd-notify';
    expect(said()).toEqual([`${call} READY=1`]);
    time.advance(30_000);
    expect(said().slice(1)).toEqual([`${call} WATCHDOG=1`, `${call} WATCHDOG=1`]);
    stopping();
    time.advance(60_000);
    expect(said().slice(3)).toEqual([`${call} STOPPING=1`]);
  });

  it('without a watchdog says no more than that it is ready', () => {
    const { time, said } = start({ NOTIFY_SOCKET: '/run/x' });
    time.advance(60_000);
    expect(said()).toHaveLength(1);
  });

  it('elsewhere says nothing', () => {
    expect(start({ WATCHDOG_USEC: '30000000' }).said()).toEqual([]);
  });

  it('warns once while it cannot be told', async () => {
    let ending: Ending = { kind: 'exit', code: 1 };
    const { time, warn } = start(SERVICE, () => ending);
    for (let n = 0; n < 3; n += 1) {
      await Promise.resolve().then(() => undefined);
      time.advance(15_000);
    }
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1));
    ending = WELL;
    time.advance(15_000);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
