/**
 * One direction of a thin or a bad link, as a queue: what goes in at one time comes out at another. Pure; link.ts puts it
 * between a browser and a relay. A loss of packets it cannot show: TCP repeats below it.
 */

export interface LinkStep {
  readonly fromMs: number;
  readonly rateKbps: number;
}

export interface LinkDirection {
  /** Over all connections together; unlimited without it. */
  readonly rateKbps?: number;
  /** The rate from some time on, in order of `fromMs` since the link began; the first begins at 0. */
  readonly steps?: readonly LinkStep[];
  /** The steps begin again after so long; without it the last one stays. */
  readonly stepsEveryMs?: number;
  /** One way. */
  readonly delayMs?: number;
  /** Up to this much more, for each packet; packets of one connection keep their order. */
  readonly jitterMs?: number;
  /** Nothing goes for `forMs` at the end of each `everyMs`; what waited goes after it, as fast as the rate allows. */
  readonly stall?: { readonly everyMs: number; readonly forMs: number };
}

/** What TCP takes along in one packet. */
const PACKET_BYTES = 1_400;

interface Arrival<To> {
  readonly to: To;
  readonly atMs: number;
  readonly chunk: Uint8Array | 'end';
}

export class LinkQueue<To> {
  readonly #link: LinkDirection;
  readonly #beganMs: number;
  readonly #random: () => number;
  /** In the order of their turns: a connection with much to say must not hold up the others. */
  readonly #waiting = new Map<To, (Uint8Array | 'end')[]>();
  #underway: Arrival<To>[] = [];
  readonly #lastMs = new Map<To, number>();
  #freeMs: number;

  /** @param random 0 to 1, as Math.random */
  constructor(link: LinkDirection, nowMs: number, random: () => number) {
    this.#link = link;
    this.#beganMs = nowMs;
    this.#freeMs = nowMs;
    this.#random = random;
  }

  push(to: To, chunk: Uint8Array | 'end', nowMs: number): void {
    if (this.#waiting.size === 0) this.#freeMs = Math.max(this.#freeMs, nowMs);
    const queue = this.#waiting.get(to);
    if (queue === undefined) this.#waiting.set(to, [chunk]);
    else queue.push(chunk);
  }

  /** Of this connection, what the link has not begun to send, in bytes. */
  backlogBytes(to: To): number {
    return (this.#waiting.get(to) ?? []).reduce(
      (sum, chunk) => sum + (chunk === 'end' ? 0 : chunk.length),
      0,
    );
  }

  /** What has come out by now, in order. */
  due(nowMs: number): readonly Omit<Arrival<To>, 'atMs'>[] {
    this.#send(nowMs);
    const due = this.#underway.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) this.#underway = this.#underway.filter(({ atMs }) => atMs > nowMs);
    return due.toSorted((a, b) => a.atMs - b.atMs);
  }

  /** When to ask again; undefined while it is empty. */
  nextMs(): number | undefined {
    const times = this.#underway.map(({ atMs }) => atMs);
    if (this.#waiting.size > 0) times.push(this.#freeMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** A connection that is gone. */
  forget(to: To): void {
    this.#waiting.delete(to);
    this.#lastMs.delete(to);
    this.#underway = this.#underway.filter((arrival) => arrival.to !== to);
  }

  #send(nowMs: number): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#freeMs = this.#afterStall(this.#freeMs);
      if (this.#freeMs > nowMs) return;
      const [to, queue] = next;
      const chunk = takePacket(queue);
      // To the end of the line.
      this.#waiting.delete(to);
      if (queue.length > 0) this.#waiting.set(to, queue);
      const rateKbps = this.rateKbps(this.#freeMs);
      if (chunk !== 'end' && rateKbps !== undefined) this.#freeMs += (chunk.length * 8) / rateKbps;
      const { delayMs = 0, jitterMs = 0 } = this.#link;
      const atMs = Math.max(
        this.#freeMs + delayMs + this.#random() * jitterMs,
        this.#lastMs.get(to) ?? Number.NEGATIVE_INFINITY,
      );
      this.#lastMs.set(to, atMs);
      this.#underway.push({ to, atMs, chunk });
    }
  }

  /** What it carries at this time; undefined without a bound. */
  rateKbps(atMs: number): number | undefined {
    const wholeMs = atMs - this.#beganMs;
    const sinceMs = wholeMs % (this.#link.stepsEveryMs ?? Number.POSITIVE_INFINITY);
    const step = this.#link.steps?.findLast(({ fromMs }) => fromMs <= sinceMs);
    return step?.rateKbps ?? this.#link.rateKbps;
  }

  #afterStall(atMs: number): number {
    const { stall } = this.#link;
    if (stall === undefined) return atMs;
    const intoMs = (atMs - this.#beganMs) % stall.everyMs;
    return intoMs < stall.everyMs - stall.forMs ? atMs : atMs + stall.everyMs - intoMs;
  }
}

/** At most one packet's worth of what is first in the queue, and takes it out there. */
function takePacket(queue: (Uint8Array | 'end')[]): Uint8Array | 'end' {
  const first = queue.shift() ?? 'end';
  if (first === 'end' || first.length <= PACKET_BYTES) return first;
  queue.unshift(first.subarray(PACKET_BYTES));
  return first.subarray(0, PACKET_BYTES);
}
