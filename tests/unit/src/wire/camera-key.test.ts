import { expect, test } from 'vitest';
import { cameraKey, cameraOf, relayOf } from '../../../../src/wire/camera-key.ts';

test.each([
  ['', 'gate', 'gate'],
  ['2', 'gate', '2:gate'],
  ['12', '2', '12:2'],
])('pairing %j and camera %s make %s, and back', (relay, camera, key) => {
  expect(cameraKey(relay, camera)).toBe(key);
  expect([relayOf(key), cameraOf(key)]).toEqual([relay, camera]);
});
