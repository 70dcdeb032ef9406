import { describe, expect, it } from 'vitest';
import { type CameraEvent, Journal } from '../../../../relay/events/journal.ts';
import { FakeTime } from '../../../support/fake-time.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

const camera = new SyntheticCamera({ id: 'cam1' }).state();

function journalWith(events: number, capacity = 1000): Journal {
  const journal = new Journal({ runId: 'run', clock: new FakeTime(5000), capacity });
  for (let n = 0; n < events; n += 1) journal.append({ ...camera, restarts: n });
  return journal;
}
const seqs = (events: readonly CameraEvent[] | undefined) => events?.map(({ seq }) => seq);

describe('Journal', () => {
  it('numbers events from 1 and stamps them', () => {
    const journal = journalWith(0);
    expect(journal.seq).toBe(0);
    expect(journal.append(camera)).toEqual({ type: 'camera', seq: 1, atMs: 5000, camera });
    expect(journal.seq).toBe(1);
  });

  it('tells of a camera that was added in its place, and of one that is gone', () => {
    const journal = journalWith(1);
    expect(journal.append(camera, ['cam1', 'cam0'])).toMatchObject({ seq: 2, order: ['cam1', 'cam0'] });
    expect(journal.remove('cam0')).toEqual({ type: 'removed', seq: 3, atMs: 5000, camera: 'cam0' });
    expect(seqs(journal.since({ runId: 'run', seq: 1 }))).toEqual([2, 3]);
  });

  it('tells each event once to each listener, until it cancels', () => {
    const journal = journalWith(0);
    const heard: number[] = [];
    const cancel = journal.onEvent(({ seq }) => heard.push(seq));
    journal.append(camera);
    cancel();
    journal.append(camera);
    expect(heard).toEqual([1]);
  });

  it('replays what came after a number', () => {
    const journal = journalWith(5);
    expect(seqs(journal.since({ runId: 'run', seq: 3 }))).toEqual([4, 5]);
    expect(seqs(journal.since({ runId: 'run', seq: 5 }))).toEqual([]);
    expect(seqs(journal.since({ runId: 'run', seq: 0 }))).toEqual([1, 2, 3, 4, 5]);
  });

  it('replays nothing of another run, of the future, or of what it has forgotten', () => {
    const journal = journalWith(5, 3);
    expect(journal.since({ runId: 'other', seq: 4 })).toBeUndefined();
    expect(journal.since({ runId: 'run', seq: 6 })).toBeUndefined();
    expect(journal.since({ runId: 'run', seq: 1 })).toBeUndefined();
    expect(seqs(journal.since({ runId: 'run', seq: 2 }))).toEqual([3, 4, 5]);
  });
});
