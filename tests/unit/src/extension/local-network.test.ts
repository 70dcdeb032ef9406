import { expect, test } from 'vitest';
import { LocalNetwork } from '../../../../src/extension/local-network.ts';

/** A browser that knows these permissions and no other. */
function browserWith(states: Readonly<Record<string, { state: string }>>) {
  return {
    query: ({ name }: { readonly name: string }) => {
      const known = states[name];
      return known === undefined ? Promise.reject(new TypeError(name)) : Promise.resolve(known);
    },
  };
}
const answered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each([
  ['neither asked nor denied', { 'local-network': { state: 'prompt' } }, false],
  ['allowed', { 'local-network': { state: 'granted' } }, false],
  ['denied', { 'local-network': { state: 'denied' }, 'loopback-network': { state: 'prompt' } }, true],
  ['denied by its older name', { 'local-network-access': { state: 'denied' } }, true],
  ['unknown to the browser', {}, false],
])('%s', async (_name, states, denied) => {
  const network = new LocalNetwork(browserWith(states));
  expect(network.denied).toBe(false);
  await answered();
  expect(network.denied).toBe(denied);
});

test('follows what the user decides', async () => {
  const permission = { state: 'denied' };
  const network = new LocalNetwork(browserWith({ 'local-network': permission }));
  await answered();
  permission.state = 'granted';
  expect(network.denied).toBe(false);
});

test('a browser without permissions denies nothing', () => {
  expect(new LocalNetwork(undefined).denied).toBe(false);
});
