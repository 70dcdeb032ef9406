import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type CameraConfig, cameraSchema } from '../../../../relay/config/schema.ts';
import { cameraCores, judgeWorkload } from '../../../../relay/doctor/workload.ts';

const camera = (id: string, encode: object = {}, source: object = { type: 'test' }): CameraConfig =>
  v.parse(cameraSchema, { id, source, encode });

describe('cameraCores', () => {
  // Measured cores at 30 fps, see the table in relay/transcode/cost.ts.
  it.each([
    ['1920x1080', 'superfast', 0.35],
    ['1920x1080', 'veryfast', 0.51],
    ['1920x1080', 'medium', 2.03],
    ['3840x2160', 'ultrafast', 0.97],
    ['3840x2160', 'superfast', 1.72],
    ['3840x2160', 'medium', 9.55],
  ])('is within a third of the measurement at %s %s', (size, preset, measured) => {
    const estimate = cameraCores(camera('a', { size, preset }));
    expect(estimate / measured).toBeGreaterThan(0.67);
    expect(estimate / measured).toBeLessThan(1.5);
  });

  it('takes the size of the source when none is set for encoding', () => {
    const small = camera('a', {}, { type: 'test', size: '640x360' });
    const large = camera('a', {}, { type: 'test', size: '1280x720' });
    expect(cameraCores(large)).toBeCloseTo(4 * cameraCores(small));
  });

  it('halves with the frame rate', () => {
    expect(cameraCores(camera('a', { fps: 15 }))).toBeCloseTo(cameraCores(camera('a')) / 2);
  });
});

it('counts what runs while nobody watches', () => {
  const one = camera('a', { rungs: [{ size: '1280x720' }] });
  const two = camera('a', { rungs: [{ size: '1280x720' }, { size: '640x360', fps: 15 }] });
  expect(cameraCores(two)).toBe(cameraCores(one));
  expect(cameraCores(camera('a', {}, { type: 'rtsp', url: 'rtsp://192.0.2.1/1' }))).toBe(0);
  const small = camera('a', {}, { type: 'test', size: '640x360' });
  expect(cameraCores(camera('a', {}, { type: 'test', size: '3840x2160' }))).toBe(cameraCores(small));
});

describe('judgeWorkload', () => {
  it('accepts what the host can do', () => {
    expect(judgeWorkload([camera('a'), camera('b')], 2).level).toBe('ok');
  });

  it('names the camera to begin with when it is too much', () => {
    const cameras = [camera('door'), camera('yard', { size: '3840x2160', preset: 'medium' })];
    expect(judgeWorkload(cameras, 2)).toEqual({
      level: 'warn',
      where: 'cameras',
      what: 'encoding 2 cameras takes about 9.0 of 2 cores',
      fix: 'Lower encode.size, encode.fps or encode.preset, first of camera "yard" (about 8.9), or spread the cameras over two hosts.',
    });
  });

  it('accepts the same cameras on a larger host', () => {
    expect(judgeWorkload([camera('yard', { size: '3840x2160', preset: 'medium' })], 16).level).toBe('ok');
  });
});
