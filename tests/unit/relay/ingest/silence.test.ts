import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../relay/config/schema.ts';
import { maySleep } from '../../../../relay/ingest/silence.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

const stream = (source: SourceConfig) => ({ own: source.type === 'rtsp', camera: cameraConfig(source) });
const rtsp = stream({ type: 'rtsp', url: 'rtsp://cam/main' });
const drawn = (fps: number) => stream({ type: 'test', size: '640x360', fps });
const file = stream({ type: 'file', path: '/media/front.mp4' });

describe('a silent stream', () => {
  it('has no time left when its process is stopped, wherever it comes from', () => {
    for (const one of [rtsp, drawn(30), drawn(1), file]) expect(maySleep(one, 1_000, 'stopped')).toBe(false);
  });

  it.each([
    ['of a camera', rtsp, 'waiting', 3_000],
    ['of a camera whose process works', rtsp, 'busy', 3_000],
    ['of a file', file, 'waiting', 2_000],
    ['of a file on a full host', file, 'busy', 5_000],
    ['that is drawn at one picture a second', drawn(1), 'waiting', 8_000],
    ['that is drawn on a full host', drawn(30), 'busy', 5_000],
    ['that is drawn where nothing is known', drawn(30), undefined, 2_000],
  ] as const)('%s has its time', (_name, one, activity, ms) => {
    expect(maySleep(one, ms - 1, activity)).toBe(true);
    expect(maySleep(one, ms, activity)).toBe(false);
  });

  it('that is drawn at 30 pictures a second has none once it could run and does not', () => {
    expect(maySleep(drawn(30), 1_000, 'waiting')).toBe(false);
  });
});
