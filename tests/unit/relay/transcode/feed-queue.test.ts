import { expect, it } from 'vitest';
import type { ChildInput } from '../../../../relay/process/child.ts';
import { FeedQueue } from '../../../../relay/transcode/feed-queue.ts';

/** A pipe that takes so many writes and is full then. */
class Pipe implements ChildInput {
  readonly written: number[] = [];
  pendingBytes = 0;
  room: number;
  #drained: () => void = () => undefined;

  constructor(room: number) {
    this.room = room;
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes[0] ?? -1);
    this.room -= 1;
    return this.room > 0;
  }

  onDrained(listener: () => void): void {
    this.#drained = listener;
  }

  drain(room: number): void {
    this.room = room;
    this.#drained();
  }
}

const part = (n: number) => ({
  ...{ epoch: 1, mediaMs: n * 40, durationMs: 40, pdtMs: n * 40, independent: n === 0 },
  data: Uint8Array.of(n),
});

it('gives a process what it reads, in order, and keeps the rest', () => {
  const pipe = new Pipe(3);
  const queue = new FeedQueue(pipe);
  queue.header(Uint8Array.of(100));
  for (let n = 0; n < 5; n += 1) queue.push(part(n));
  expect(pipe.written).toEqual([100, 0, 1]);
  expect([queue.waitingMs, queue.pendingBytes, queue.endMs]).toEqual([120, 3, 200]);
  pipe.drain(2);
  expect(pipe.written).toEqual([100, 0, 1, 2, 3]);
  pipe.drain(9);
  expect([queue.waitingMs, queue.endMs]).toEqual([0, 200]);
});

it('forgets what it has not given, and ends where that begins', () => {
  const pipe = new Pipe(1);
  const queue = new FeedQueue(pipe);
  for (let n = 0; n < 5; n += 1) queue.push(part(n));
  queue.drop();
  expect([queue.waitingMs, queue.endMs]).toEqual([0, 40]);
  queue.push(part(9));
  pipe.drain(9);
  expect(pipe.written).toEqual([0, 9]);
});

it('is harmless without a process', () => {
  const queue = new FeedQueue(undefined);
  queue.push(part(0));
  expect([queue.waitingMs, queue.endMs]).toEqual([0, 40]);
});
