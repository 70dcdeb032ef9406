import { expect, test } from 'vitest';
import { keyAction } from '../../../../../src/viewer/ui/keys.ts';

const press = (key: string, patch = {}) => keyAction({ key, modified: false, inControl: false, ...patch });

test.each([
  ['1', { do: 'enlarge', index: 0 }],
  ['9', { do: 'enlarge', index: 8 }],
  ['Escape', { do: 'back' }],
  ['s', { do: 'details' }],
  ['S', { do: 'details' }],
  ['f', { do: 'fullscreen' }],
])('%s does %o', (key, action) => {
  expect(press(key)).toEqual(action);
});

test.each(['0', 'a', 'Enter', 'ArrowLeft', 'F5'])('%s is left to the browser', (key) => {
  expect(press(key)).toBeUndefined();
});

test('the browser’s own shortcuts stay alone', () => {
  expect(press('f', { modified: true })).toBeUndefined();
  expect(press('1', { modified: true })).toBeUndefined();
});

test('a control keeps its keys, but Escape always leads back', () => {
  expect(press('s', { inControl: true })).toBeUndefined();
  expect(press('Escape', { inControl: true })).toEqual({ do: 'back' });
});
