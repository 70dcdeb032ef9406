import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSize, pixels, type Size } from '../../../../relay/source/sizes.ts';
import { planLadder, type RungPlan } from '../../../../relay/transcode/ladder.ts';
import { cameraConfig } from '../../../support/camera-config.ts';

interface Wish {
  readonly encode?: Record<string, unknown>;
  readonly source?: string;
  readonly cap?: Size;
  readonly spareCores?: number;
  readonly noMoreThan?: Record<string, number>;
}

const ladder = ({ encode = {}, source, cap, spareCores = 100, noMoreThan }: Wish): readonly RungPlan[] =>
  planLadder({
    encode: cameraConfig({ type: 'test' }, encode).encode,
    source: source === undefined ? undefined : parseSize(source),
    cap,
    spareCores,
    noMoreThan: noMoreThan === undefined ? undefined : new Map(Object.entries(noMoreThan)),
    coresOf: (size, fps) => (pixels(size) * fps * 0.005) / 1e6,
  });
const summary = (rungs: readonly RungPlan[]): string[] =>
  rungs.map(({ id, expected: { width, height }, fps }) => `${id} ${width}x${height}@${fps}`);

describe('automatic rungs', () => {
  it.each(['640x360', '1280x720', '704x576'])('of a source of %s are one of its size', (source) => {
    expect(summary(ladder({ source }))).toEqual([`main ${source}@30`]);
    expect(ladder({ source })[0]?.size).toBeUndefined();
  });

  it('of a source of unknown size are one, encoded by quality', () => {
    expect(ladder({})).toMatchObject([{ id: 'main', size: undefined, constantQuality: true }]);
  });

  it('of a large source have every row below it while there are cores to spare', () => {
    expect(summary(ladder({ source: '3840x2160' }))).toEqual([
      'main 3840x2160@30',
      '1080 1920x1080@30',
      '720 1280x720@30',
      '360 640x360@30',
      '180 320x180@5',
    ]);
    expect(summary(ladder({ source: '1920x1080' }))).toHaveLength(4);
  });

  it('leave out the costly rows when there are none', () => {
    expect(summary(ladder({ source: '3840x2160', spareCores: 0.2 }))).toEqual([
      'main 3840x2160@30',
      '720 1280x720@30',
      '360 640x360@30',
      '180 320x180@5',
    ]);
    expect(summary(ladder({ source: '3840x2160', spareCores: -1 })).slice(1)).toEqual([
      '360 640x360@15',
      '180 320x180@5',
    ]);
  });

  it('are no more and no faster than when the host turned out too slow', () => {
    const noMoreThan = { '720': 30, '360': 15, '180': 5 };
    expect(summary(ladder({ source: '3840x2160', noMoreThan })).slice(1)).toEqual([
      '720 1280x720@30',
      '360 640x360@15',
      '180 320x180@5',
    ]);
    expect(summary(ladder({ source: '3840x2160', noMoreThan, spareCores: -1 })).slice(1)).toEqual([
      '360 640x360@15',
      '180 320x180@5',
    ]);
  });

  it('keep the shape of the source', () => {
    expect(summary(ladder({ source: '2592x1944' }))).toEqual([
      'main 2592x1944@30',
      '1080 1662x1246@30',
      '720 1108x832@30',
      '360 554x416@30',
      '180 278x208@5',
    ]);
  });

  it('shrink to the largest picture that the host may encode, and the best keeps its name', () => {
    const cap = { width: 1920, height: 1080 };
    expect(summary(ladder({ source: '3840x2160', cap }))).toEqual([
      'main 1920x1080@30',
      '720 1280x720@30',
      '360 640x360@30',
      '180 320x180@5',
    ]);
  });

  it('have a rate no higher than the camera is encoded at', () => {
    expect(ladder({ source: '1920x1080', encode: { fps: 10 } }).map(({ fps }) => fps)).toEqual([
      10, 10, 10, 5,
    ]);
  });

  it('need fewer bits at a lower rate', () => {
    const kbps = Object.fromEntries(
      ladder({ source: '1920x1080' }).map(({ id, bitrateKbps }) => [id, bitrateKbps]),
    );
    expect(kbps).toEqual({ main: 4000, '720': 2000, '360': 600, '180': 78 });
  });

  it('come best first, with names of their own, none larger than the source', () => {
    const side = fc.integer({ min: 1, max: 2160 }).map((half) => half * 2);
    fc.assert(
      fc.property(side, side, fc.double({ min: -1, max: 5, noNaN: true }), (width, height, spareCores) => {
        const rungs = ladder({ source: `${width}x${height}`, spareCores });
        const counts = rungs.map(({ expected }) => pixels(expected));
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
        expect(new Set(rungs.map(({ id }) => id)).size).toBe(rungs.length);
        expect(counts[0]).toBe(width * height);
      }),
    );
  });
});

describe('one rung', () => {
  it.each([
    ['320x180', 300],
    ['640x360', 600],
    ['1280x720', 2000],
    ['1920x1080', 4000],
    ['3840x2160', 12_000],
    ['960x540', 1183],
    ['7680x4320', 12_000],
  ])('of %s has %i kbit/s by default', (source, kbps) => {
    expect(ladder({ source })[0]?.bitrateKbps).toBe(kbps);
  });

  it('of a configured size and rate has these', () => {
    expect(ladder({ source: '640x360', encode: { size: '1281x721', bitrateKbps: 900 } })).toMatchObject([
      { size: { width: 1280, height: 720 }, bitrateKbps: 900, constantQuality: false },
    ]);
  });
});

describe('declared rungs', () => {
  it('come best first, named by their height unless they have a name', () => {
    const rungs = [
      { size: '320x180', fps: 60, bitrateKbps: 100 },
      { id: 'big', size: '1280x720' },
    ];
    expect(ladder({ encode: { rungs, fps: 25 } })).toMatchObject([
      { id: 'big', size: { width: 1280, height: 720 }, fps: 25 },
      { id: '180', size: { width: 320, height: 180 }, fps: 25, bitrateKbps: 100 },
    ]);
  });
});
