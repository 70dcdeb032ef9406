import { expect, test } from 'vitest';
import { orderCameras } from '../../../../../src/viewer/ui/camera-order.ts';
import { cameraState } from '../../../../support/wall-state.ts';

const relay = (...cameras: [id: string, name: string][]) => ({
  state: { cameras: cameras.map(([id, name]) => cameraState({ id, name })) },
});
const HOUSE = relay(['b', 'Cam 10'], ['a', 'Door']);
const BARN = relay(['2:a', 'Cam 9'], ['2:b', 'Attic']);
const ids = (...args: Parameters<typeof orderCameras>) => orderCameras(...args).map(({ id }) => id);

test('grouped, each relay has its own order', () => {
  expect(ids([HOUSE, BARN], 'grouped')).toEqual(['b', 'a', '2:a', '2:b']);
});

test('mixed, they go by name', () => {
  expect(ids([HOUSE, BARN], 'mixed')).toEqual(['2:b', '2:a', 'b', 'a']);
});

test('the order that one relay has is its own', () => {
  expect(ids([HOUSE], 'mixed')).toEqual(['b', 'a']);
});
