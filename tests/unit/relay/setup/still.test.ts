import { expect, test } from 'vitest';
import { stillText } from '../../../../relay/setup/still.ts';

test('two lines of pixels become one of letters', () => {
  const rgb = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const letter = (above: string, below: string): string => `\u001b[38;2;${above}m\u001b[48;2;${below}m▀`;
  expect(stillText(rgb, { width: 2, height: 2 })).toBe(
    `${letter('1;2;3', '7;8;9')}${letter('4;5;6', '10;11;12')}\u001b[0m`,
  );
});
