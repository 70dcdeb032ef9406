import { describe, expect, it } from 'vitest';
import { isListed, parseReload, reloadTarget } from '../../../../relay/edge/reload.ts';
import { SyntheticCamera } from '../../../support/synthetic-camera.ts';

describe('parseReload', () => {
  it.each<[string, ReturnType<typeof parseReload>]>([
    ['', { target: undefined, skip: false }],
    ['_HLS_skip=YES', { target: undefined, skip: true }],
    ['_HLS_skip=v2&_HLS_msn=7', { target: { msn: 7, part: undefined }, skip: true }],
    ['_HLS_skip=no', { target: undefined, skip: false }],
    ['_HLS_msn=7', { target: { msn: 7, part: undefined }, skip: false }],
    ['_HLS_msn=7&_HLS_part=3', { target: { msn: 7, part: 3 }, skip: false }],
    ['_HLS_part=3', '_HLS_part needs _HLS_msn'],
    ['_HLS_msn=-1', '_HLS_msn and _HLS_part must be whole numbers'],
    ['_HLS_msn=1.5', '_HLS_msn and _HLS_part must be whole numbers'],
    ['_HLS_msn=&_HLS_part=1', '_HLS_msn and _HLS_part must be whole numbers'],
    ['_HLS_msn=1&_HLS_part=x', '_HLS_msn and _HLS_part must be whole numbers'],
    ['_HLS_msn=9999999999999999999', '_HLS_msn and _HLS_part must be whole numbers'],
  ])('reads %j', (query, expected) => {
    expect(parseReload(new URLSearchParams(query))).toEqual(expected);
  });
});

describe('reloadTarget', () => {
  /** Segments 0 and 1 closed with ten parts of 100 ms each, segment 2 open with three. */
  const timeline = () => {
    const camera = new SyntheticCamera({ id: 'cam1' });
    camera.feed(23);
    return camera.timeline();
  };

  it.each<[number, number | undefined]>([
    [0, undefined],
    [1, 9],
    [2, undefined],
    [2, 2],
    [2, 3],
    [2, 32],
    [3, undefined],
    [3, 0],
    [4, undefined],
    [4, 29],
  ])('takes segment %j part %j as asked', (msn, part) => {
    expect(reloadTarget(timeline(), { msn, part })).toEqual({ msn, part });
  });

  it('takes a part behind the end of a finished segment as the first of the next', () => {
    expect(reloadTarget(timeline(), { msn: 1, part: 10 })).toEqual({ msn: 2, part: 0 });
  });

  it.each<[number, number | undefined]>([
    [5, undefined],
    [5, 0],
    [2, 33],
    [3, 30],
  ])('refuses segment %j part %j as too far ahead', (msn, part) => {
    expect(reloadTarget(timeline(), { msn, part })).toMatch(/too far ahead/);
  });

  it('allows three parts ahead when parts last a second or longer', () => {
    const camera = new SyntheticCamera({ id: 'cam1', partMs: 1000, partsPerSegment: 6 });
    camera.feed(2);
    expect(reloadTarget(camera.timeline(), { msn: 0, part: 4 })).toEqual({ msn: 0, part: 4 });
    expect(reloadTarget(camera.timeline(), { msn: 0, part: 5 })).toMatch(/too far ahead/);
  });
});

it('counts a part that is longer than any may be as the several that players see', () => {
  const camera = new SyntheticCamera({ id: 'cam1' });
  camera.feed(11);
  const timeline = camera.timeline();
  timeline.append({
    epoch: 0,
    initId: 'e0',
    durationMs: 250,
    independent: false,
    pdtMs: timeline.edgePdtMs ?? 0,
    startsSegment: false,
    data: new Uint8Array(1),
  });
  // One of 100 ms, then 250 ms told as a part and two gaps.
  expect([3, 4].map((part) => isListed(timeline, { msn: 1, part }))).toEqual([true, false]);
  expect(reloadTarget(timeline, { msn: 1, part: 33 })).toEqual({ msn: 1, part: 33 });
});
