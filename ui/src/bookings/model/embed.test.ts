import { expect, it } from 'vitest';
import { embedCode, EMBEDS, type EmbedOptions } from './embed';

const options: EmbedOptions = { kind: 'inline', origin: 'https://book.example.com', link: 'northwind/intro-call', text: 'Book a time', theme: 'auto', color: '', position: 'bottom-right' };

it('writes what can be put into a page', () => {
  expect(embedCode(options)).toBe('<script src="https://book.example.com/embed.js" async></script>\n<sendero-booking link="northwind/intro-call"></sendero-booking>');
  expect(embedCode({ ...options, kind: 'popup', theme: 'dark' })).toContain(`<button data-sendero-book="northwind/intro-call" data-sendero-config='{"theme":"dark"}'>Book a time</button>`);
  expect(embedCode({ ...options, kind: 'button', color: '#0e7a4c', position: 'bottom-left' })).toContain(
    `<sendero-booking mode="button" link="northwind/intro-call" config='{"color":"#0e7a4c","position":"bottom-left"}'>Book a time</sendero-booking>`,
  );
  expect(embedCode({ ...options, kind: 'link', theme: 'light' })).toBe('<a href="https://book.example.com/book/northwind/intro-call?theme=light">Book a time</a>');
  expect(embedCode({ ...options, kind: 'cal' })).toContain('Cal("init", { origin: "https://book.example.com" });');
});

it('lets no text out of its place', () => {
  const nasty = `</script><img src=x onerror="alert(1)">'&`;
  for (const kind of EMBEDS) {
    const code = embedCode({ ...options, kind, text: nasty, color: nasty });
    expect(code).not.toContain('<img');
    expect(code.match(/<script/g)?.length ?? 0).toBe(code.match(/<\/script/g)?.length ?? 0);
  }
});
