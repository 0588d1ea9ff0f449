import { expect, it } from 'vitest';
import { layOut } from './layout';

const places = (...things: [number, number][]) => layOut(things.map(([start, end]) => ({ start, end }))).map(({ start, column, columns }) => [start, column, columns]);

it('leaves what stands alone as wide as the day', () => {
  expect(places([9, 10], [10, 11])).toEqual([[9, 0, 1], [10, 0, 1]]);
});

it('puts what overlaps side by side', () => {
  expect(places([9, 11], [10, 12])).toEqual([[9, 0, 2], [10, 1, 2]]);
  // A column that is free again is used again.
  expect(places([9, 12], [9, 10], [10, 11])).toEqual([[9, 0, 2], [9, 1, 2], [10, 1, 2]]);
  expect(places([9, 10], [9, 10], [9, 10], [11, 12])).toEqual([[9, 0, 3], [9, 1, 3], [9, 2, 3], [11, 0, 1]]);
});

it('never lets two share a place', () => {
  const things = Array.from({ length: 60 }, (_, n) => ({ start: (n * 37) % 100, end: ((n * 37) % 100) + 1 + ((n * 13) % 30) }));
  const placed = layOut(things);
  expect(placed).toHaveLength(60);
  for (const one of placed) {
    expect(one.column).toBeLessThan(one.columns);
    for (const other of placed) {
      if (one !== other && one.start < other.end && other.start < one.end) expect(one.column).not.toBe(other.column);
    }
  }
});
