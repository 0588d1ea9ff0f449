import { expect, it } from 'vitest';
import type { Brand } from '~/api/schema';
import { inBrand } from './brand';
import type { BlockDocument } from './model/types';

const brand: Brand = {
  name: 'Northwind',
  logo_file_id: '1',
  logo_url: 'https://x.example/m/1.png',
  logo_href: null,
  logo_width_px: 120,
  settings: { button_background: '#ff0000' },
  footer_text: 'You asked for it.',
  social: [],
  postal_address: null,
  version: 2,
};

it('gives a mail the colors, the logo and the foot of the brand, and leaves its words', () => {
  const document: BlockDocument = {
    version: 1,
    settings: { language: 'de', background: '#000000' },
    blocks: [
      { id: 's', type: 'section', props: { blocks: [{ id: 'l', type: 'logo', props: { align: 'center' } }] } },
      { id: 't', type: 'text', props: { html: 'Hallo' } },
      { id: 'n', type: 'social', props: { links: [{ network: 'x', href: 'https://x.com' }] } },
      { id: 'f', type: 'footer', props: {} },
    ],
  };
  expect(inBrand(document, brand)).toEqual({
    version: 1,
    settings: { language: 'de', button_background: '#ff0000' },
    blocks: [
      { id: 's', type: 'section', props: { blocks: [{ id: 'l', type: 'logo', props: { align: 'center', src: 'https://x.example/m/1.png', name: 'Northwind', width_px: 120 } }] } },
      { id: 't', type: 'text', props: { html: 'Hallo' } },
      { id: 'n', type: 'social', props: { links: [{ network: 'x', href: 'https://x.com' }] } },
      { id: 'f', type: 'footer', props: { text: 'You asked for it.' } },
    ],
  });
});
