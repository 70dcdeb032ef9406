/** How busy the whole host is, and how much of its time other virtual machines take: what every figure depends on. */
import { readFileSync } from 'node:fs';

/** Ticks since boot, over all cores. */
export interface HostTicks {
  readonly total: number;
  /** Idle, or waiting for a disk. */
  readonly idle: number;
  /** Taken by other guests of the machine below. */
  readonly steal: number;
}

export interface HostLoad {
  /** Shares of all cores' time, 0 to 1. */
  readonly busy: number;
  readonly steal: number;
  /** Load average of the last minute at the end. */
  readonly loadAverage: number;
}

/** @param stat text of /proc/stat @throws Error when its first line is not what proc(5) says */
export function parseTicks(stat: string): HostTicks {
  const [name, ...fields] = (stat.split('\n')[0] ?? '').trim().split(/\s+/);
  // user nice system idle iowait irq softirq steal; guest times, which follow, are part of user and nice.
  const ticks = fields.slice(0, 8).map(Number);
  const [, , , idle, iowait, , , steal] = ticks;
  if (name !== 'cpu' || idle === undefined || iowait === undefined || steal === undefined) {
    throw new Error('/proc/stat does not begin with the times of all cores');
  }
  return { total: ticks.reduce((sum, value) => sum + value, 0), idle: idle + iowait, steal };
}

/** @returns undefined when no tick passed between the two */
export function shares(before: HostTicks, after: HostTicks): Omit<HostLoad, 'loadAverage'> | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  const share = (value: number): number => Number((value / total).toFixed(3));
  return { busy: share(total - (after.idle - before.idle)), steal: share(after.steal - before.steal) };
}

export class HostMeter {
  readonly #before = readTicks();

  /** Since construction. */
  load(): HostLoad {
    const { busy, steal } = shares(this.#before, readTicks()) ?? { busy: 0, steal: 0 };
    return { busy, steal, loadAverage: loadAverage() };
  }
}

function readTicks(): HostTicks {
  return parseTicks(readFileSync('/proc/stat', 'utf8'));
}

/** Of the last minute. */
function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}
