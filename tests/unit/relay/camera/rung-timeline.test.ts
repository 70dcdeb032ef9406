import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createRungTimeline } from '../../../../relay/camera/rung-timeline.ts';
import { configSchema } from '../../../../relay/config/schema.ts';

const target = (camera: object): number | undefined => {
  const { cameras } = v.parse(configSchema, { cameras: [{ id: 'a', ...camera }] });
  return cameras[0] && createRungTimeline(cameras[0]).targetDurationMs;
};
const TEST = { type: 'test' };
const RTSP = { type: 'rtsp', url: 'rtsp://192.0.2.1/1' };

it.each([
  [{ source: TEST }, 1000],
  [{ source: TEST, encode: { gopMs: 250 } }, 1000],
  [{ source: TEST, encode: { gopMs: 1500 } }, 2000],
  [{ source: TEST, encode: { gopMs: 10_000 } }, 10_000],
  [{ source: TEST, encode: { profile: 'plan', fps: 30 } }, 2000],
  // Keyframes of a camera may be two seconds apart.
  [{ source: RTSP }, 2000],
])('promises by the configuration %j segments of %d ms', (camera, targetMs) => {
  expect(target(camera)).toBe(targetMs);
});
