import { expect, it } from 'vitest';
import { refusedName } from './variables';

it('takes names that the server takes', () => {
  expect(['order', 'order_2', 'x'.repeat(60)].map(refusedName)).toEqual([undefined, undefined, undefined]);
  expect(['Order', '2nd', '_a', 'a b', 'a.b', '', 'x'.repeat(61)].map(refusedName)).toEqual(Array.from({ length: 7 }, () => 'shape'));
  expect(['email', 'campaign', 'unsubscribe_url'].map(refusedName)).toEqual(['taken', 'taken', 'taken']);
});
