import { expect, it } from 'vitest';
import { bodyWith, curlFor } from './example';

it('puts the address where the hook looks for it', () => {
  expect(bodyWith('email', 'a@b.c')).toEqual({ email: 'a@b.c' });
  expect(bodyWith('customer.email', 'a@b.c')).toEqual({ customer: { email: 'a@b.c' } });
  expect(bodyWith('people.0.email', 'a@b.c')).toEqual({ people: [{ email: 'a@b.c' }] });
});

it('quotes what a terminal would read', () => {
  expect(curlFor('https://x.example/in/s', 'email')).toBe(`curl -H 'Content-Type: application/json' https://x.example/in/s \\\n  -d '{"email":"ada@example.com"}'`);
  expect(curlFor('https://x.example/in/s', "o'email")).toContain(String.raw`{"o'\''email":`);
});
