import { describe, expect, test } from 'vitest';
import { moving } from '../../../rig/browser.ts';

type Page = Parameters<typeof moving>[0];

/** A page whose videos stand at these times, one look after the other; the last one stays. */
function page(...looks: number[][]): Page {
  return {
    evaluate: () => Promise.resolve((looks.length > 1 ? looks.shift() : looks[0]) ?? []),
    waitForTimeout: () => Promise.resolve(),
  } as unknown as Page;
}

describe('tiles that move', () => {
  test('are those that went on from one look to the next', async () => {
    await expect(moving(page([0, 0], [1, 2], [1.2, 2.2]), 2, 0)).rejects.toThrow('only 0 of 2');
    await expect(moving(page([0, 0], [1, 2], [1.2, 2.2]), 2, 1_000)).resolves.toBeUndefined();
  });

  test('are not those that show a picture and stand', async () => {
    await expect(moving(page([5, 7]), 2, 20)).rejects.toThrow('only 0 of 2 tiles move');
    await expect(moving(page([5, 7], [5.2, 7], [5.4, 7], [5.6, 7]), 2, 20)).rejects.toThrow(
      /only \d of 2 tiles move/,
    );
  });
});
