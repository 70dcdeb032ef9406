import { expect, test } from 'vitest';
import { browserNetwork } from '../../../../../src/viewer/player/network.ts';

test('tells the kind of network, and when it is another one, but not that its figures changed', () => {
  const connection = Object.assign(new EventTarget(), { effectiveType: '4g', downlink: 10 });
  const network = browserNetwork({ connection });
  let changes = 0;
  const stop = network.onChange(() => {
    changes += 1;
  });
  connection.downlink = 5;
  connection.dispatchEvent(new Event('change'));
  expect([network.name(), changes]).toEqual(['4g', 0]);
  connection.effectiveType = '3g';
  connection.dispatchEvent(new Event('change'));
  expect([network.name(), changes]).toEqual(['3g', 1]);
  stop();
  connection.effectiveType = '2g';
  connection.dispatchEvent(new Event('change'));
  expect(changes).toBe(1);
});

test('knows nothing in a browser without the interface', () => {
  const network = browserNetwork({});
  expect(network.name()).toBeUndefined();
  network.onChange(() => {})();
});
