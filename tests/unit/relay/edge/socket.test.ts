import { expect, it } from 'vitest';
import { fitReason } from '../../../../relay/edge/socket.ts';

it('keeps a reason that fits a close frame', () => {
  expect(fitReason('x'.repeat(123))).toBe('x'.repeat(123));
});

it('shortens a longer one at a character, never inside it', () => {
  for (const filler of ['x', 'é', '😀']) {
    const fitted = fitReason(filler.repeat(200));
    expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(123);
    expect(Buffer.byteLength(fitted)).toBeGreaterThan(115);
    expect(fitted).toBe(`${filler.repeat([...fitted].length - 1)}…`);
  }
});
