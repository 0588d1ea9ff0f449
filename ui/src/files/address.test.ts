import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { shownAt } from './address';

beforeAll(() => void vi.stubGlobal('location', { origin: 'https://app.example' }));
afterAll(() => void vi.unstubAllGlobals());

it.each([
  ['https://app.example/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png', '/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png'],
  ['https://mail.example/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png', '/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png'],
  ['https://other.example/a.png', null],
  ['//other.example/a.png', null],
  ['x', null],
  ['{{ picture }}', null],
  ['javascript:alert(1)', null],
  ['', null],
  [undefined, null],
])('%s', (address, shown) => {
  expect(shownAt(address)).toBe(shown);
});
