import { describe, expect, it } from 'vitest';
import { openingOf, tableRow, toRow } from '../../../bench/opening-rows.ts';
import type { OpeningRecord } from '../../../rig/opening.ts';

const CLICK_MS = 1_700_000_000_000;
const CAMERAS = ['cam1', 'cam2'];
const END_MS = 4000;

/** Pictures 33 ms apart, times after the click. */
function pictures(fromMs: number, toMs: number = END_MS): number[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / 33) }, (_, n) => CLICK_MS + fromMs + n * 33);
}

function record(frames: Record<string, number[]>): OpeningRecord {
  return {
    clickedMs: CLICK_MS,
    pageMs: CLICK_MS + 10.4,
    scriptMs: CLICK_MS + 150,
    endedMs: CLICK_MS + END_MS,
    frames,
    sockets: [
      {
        path: '/control',
        createdMs: CLICK_MS + 160,
        openMs: CLICK_MS + 170,
        messagesMs: [CLICK_MS + 172, CLICK_MS + 180],
      },
      { path: '/media', createdMs: CLICK_MS + 190, openMs: CLICK_MS + 200, messagesMs: [CLICK_MS + 205] },
      { path: '/media', createdMs: CLICK_MS + 191, openMs: CLICK_MS + 210, messagesMs: [CLICK_MS + 230] },
    ],
  };
}

describe('openingOf', () => {
  it('tells the first picture from the last tile, and both from a wall that moves', () => {
    const opening = openingOf(record({ cam1: pictures(400), cam2: pictures(600) }), CAMERAS);
    expect(opening).toMatchObject({ firstPictureMs: 400, everyPictureMs: 600, movingMs: 633 });
    expect(opening.stages).toEqual({
      page: 10,
      scripts: 150,
      controlOpen: 170,
      controlState: 180,
      mediaAsked: 191,
      mediaOpen: 210,
      mediaData: 230,
    });
  });

  it('does not call a wall moving whose pictures break off again', () => {
    const cam2 = [...pictures(600, 1000), ...pictures(1500)];
    expect(openingOf(record({ cam1: pictures(400), cam2 }), CAMERAS).movingMs).toBe(1533);
  });

  it('does not call a wall moving that shows a still picture', () => {
    const still = openingOf(record({ cam1: pictures(400), cam2: [CLICK_MS + 500] }), CAMERAS);
    expect(still).toMatchObject({ everyPictureMs: 500, movingMs: undefined });
  });

  it('misses a tile that shows nothing, and stages that did not come', () => {
    const opening = openingOf({ ...record({ cam1: pictures(400) }), sockets: [] }, CAMERAS);
    expect(opening).toMatchObject({ firstPictureMs: 400, everyPictureMs: undefined, movingMs: undefined });
    expect(opening.stages.mediaData).toBeUndefined();
    expect(openingOf(record({}), CAMERAS).firstPictureMs).toBeUndefined();
  });
});

describe('toRow', () => {
  it('says how many openings have a figure, and which have none', () => {
    const good = openingOf(record({ cam1: pictures(400), cam2: pictures(600) }), CAMERAS);
    const bad = openingOf(record({ cam1: pictures(400) }), CAMERAS);
    const row = toRow('RTSP', 2, [good, bad]);
    expect(row).toMatchObject({ openings: 2, firstPictureMs: { n: 2 }, movingMs: { p50: 633, n: 1 } });
    expect(row.problems).toEqual(['opening 2: not every tile moved at the end']);
    expect(tableRow(toRow('RTSP', 2, [bad]))).toMatchObject({ 'moving p50': '–', n: 0 });
  });
});
