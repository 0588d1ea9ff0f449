import type { ComponentType } from 'react';
import type { BlockKind } from '~/api/schema';
import {
  IconBoxMargin,
  IconCalendarTime,
  IconClick,
  IconCode,
  IconColumns2,
  IconHeading,
  IconLayoutBottombar,
  IconLayoutNavbar,
  IconMenu,
  IconPhoto,
  IconPlayerPlay,
  IconQuote,
  IconSeparator,
  IconShare,
  IconShoppingBag,
  IconSpacingVertical,
  IconTable,
  IconTypography,
} from '~/icons';
import { newId } from './tree';
import type { Block } from './types';

export type BlockType = BlockKind['type'];

/** As the palette shows them. */
export const GROUPS: { name: 'basic' | 'layout' | 'more'; types: BlockType[] }[] = [
  { name: 'basic', types: ['text', 'heading', 'image', 'button', 'booking'] },
  { name: 'layout', types: ['section', 'columns', 'divider', 'spacer'] },
  { name: 'more', types: ['logo', 'menu', 'social', 'quote', 'product', 'video', 'table', 'html', 'footer'] },
];

export const ICONS: Record<BlockType, ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>> = {
  section: IconBoxMargin,
  columns: IconColumns2,
  text: IconTypography,
  heading: IconHeading,
  image: IconPhoto,
  button: IconClick,
  booking: IconCalendarTime,
  divider: IconSeparator,
  spacer: IconSpacingVertical,
  social: IconShare,
  menu: IconMenu,
  logo: IconLayoutNavbar,
  footer: IconLayoutBottombar,
  video: IconPlayerPlay,
  table: IconTable,
  product: IconShoppingBag,
  quote: IconQuote,
  html: IconCode,
};

export function isKnown(type: string): type is BlockType {
  return type in ICONS;
}

/** What a new block says, in the language of its author. */
export interface Words {
  text: string;
  heading: string;
  button: string;
  booking: string;
  quote: string;
  author: string;
  product: string;
  item: string;
  price: string;
  menu: [string, string, string];
}

/** Where links of new blocks lead until somebody says where. */
const SOMEWHERE = 'https://example.com';

export function newBlock(type: BlockType, words: Words): Block {
  return { id: newId(), type, props: firstProps(type, words) };
}

function firstProps(type: BlockType, words: Words): Record<string, unknown> {
  switch (type) {
    case 'section':
      return { blocks: [] };
    case 'columns':
      return { ratios: [1, 1], columns: [{ id: newId(), blocks: [] }, { id: newId(), blocks: [] }] };
    case 'text':
      return { html: words.text };
    case 'heading':
      return { text: words.heading, level: 2 };
    case 'image':
      return { src: '', alt: '' };
    case 'button':
      return { label: words.button, href: SOMEWHERE };
    case 'booking':
      return { event_type: '', label: words.booking };
    case 'social':
      return { links: ['facebook', 'instagram', 'linkedin'].map((network) => ({ network, href: `https://www.${network}.com/` })) };
    case 'menu':
      return { items: words.menu.map((label) => ({ label, href: SOMEWHERE })) };
    case 'video':
      return { href: '', thumbnail: '', alt: '' };
    case 'table':
      return { rows: [[words.item, words.price], ['', '']], header: true, aligns: ['left', 'right'] };
    case 'product':
      return { title: words.product, price: '', href: SOMEWHERE, button_label: words.button };
    case 'quote':
      return { text: words.quote, author: words.author };
    case 'html':
      return { html: '' };
    case 'divider':
    case 'spacer':
    case 'logo':
    case 'footer':
      return {};
  }
}

/** The words of a block, to tell blocks of a kind apart. */
export function summaryOf({ props }: Block): string {
  const text = [props.text, props.html, props.label, props.title, props.alt, props.name].find((value) => typeof value === 'string' && value !== '');
  return String(text ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 60);
}
