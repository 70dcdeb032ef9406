import { expect, it } from 'vitest';
import { RateBucket } from '../../../../relay/edge/rate-bucket.ts';
import { FakeTime } from '../../../support/fake-time.ts';

const takes = (bucket: RateBucket, tries: number): number =>
  Array.from({ length: tries }, () => bucket.take()).filter(Boolean).length;

it('lets a burst through, then only the steady rate', () => {
  const clock = new FakeTime();
  const bucket = new RateBucket({ limit: { burst: 5, perSecond: 2 }, clock });
  expect(takes(bucket, 9)).toBe(5);
  clock.advance(499);
  expect(takes(bucket, 1)).toBe(0);
  clock.advance(1);
  expect(takes(bucket, 2)).toBe(1);
  clock.advance(1000);
  expect(takes(bucket, 9)).toBe(2);
});

it('saves up no more than one burst', () => {
  const clock = new FakeTime();
  const bucket = new RateBucket({ limit: { burst: 3, perSecond: 10 }, clock });
  clock.advance(60_000);
  expect(takes(bucket, 9)).toBe(3);
});
