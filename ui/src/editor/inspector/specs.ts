import type { BlockType } from '../model/catalog';

export type PropKey =
  | 'align' | 'alt' | 'author' | 'background' | 'background_image' | 'border_color' | 'button_label' | 'color' | 'event_type' | 'font_size_px' | 'full_width'
  | 'gap_px' | 'header' | 'footer' | 'height_px' | 'href' | 'html' | 'image' | 'label' | 'level' | 'name' | 'old_price' | 'price' | 'radius_px'
  | 'role' | 'src' | 'stack_on_mobile' | 'striped' | 'style' | 'social_style' | 'text' | 'text_color' | 'thickness_px' | 'thumbnail' | 'title'
  | 'vertical_align' | 'width_percent' | 'width_px' | 'address' | 'unsubscribe' | 'preferences' | 'web_version' | 'unsubscribe_label'
  | 'preferences_label' | 'web_version_label';

export type Spec = { key: PropKey; label?: PropKey } & (
  | { kind: 'text' | 'long' | 'code' | 'url' | 'picture' | 'color' | 'event_type' }
  | { kind: 'align'; usual?: 'center' }
  | { kind: 'switch'; usual?: boolean }
  | { kind: 'number'; min: number; max: number; usual?: number }
  | { kind: 'choice'; options: readonly string[]; usual: string }
);

const ALIGN: Spec = { key: 'align', kind: 'align' };
/** Where the server centers what says nothing. */
const CENTERED: Spec = { key: 'align', kind: 'align', usual: 'center' };
const COLOR: Spec = { key: 'color', kind: 'color' };
const size = (min: number, max: number): Spec => ({ key: 'font_size_px', kind: 'number', min, max });
const RADIUS: Spec = { key: 'radius_px', kind: 'number', min: 0, max: 60 };

/** What is set beside the canvas for each kind of block: what it says, and how it looks. */
export const SPECS: Record<BlockType, { content: Spec[]; look: Spec[] }> = {
  section: {
    content: [],
    look: [
      { key: 'background', kind: 'color' },
      { key: 'text_color', kind: 'color' },
      { key: 'background_image', kind: 'picture' },
      { key: 'full_width', kind: 'switch' },
      RADIUS,
    ],
  },
  columns: {
    content: [],
    look: [
      { key: 'gap_px', kind: 'number', min: 0, max: 80, usual: 24 },
      { key: 'vertical_align', kind: 'choice', options: ['top', 'middle', 'bottom'], usual: 'top' },
      { key: 'stack_on_mobile', kind: 'switch', usual: true },
    ],
  },
  text: { content: [], look: [ALIGN, COLOR, size(10, 48)] },
  heading: { content: [{ key: 'level', kind: 'choice', options: ['1', '2', '3'], usual: '2' }], look: [ALIGN, COLOR, size(12, 80)] },
  image: {
    content: [
      { key: 'src', kind: 'picture' },
      { key: 'alt', kind: 'text' },
      { key: 'href', kind: 'url' },
    ],
    look: [CENTERED, { key: 'width_px', kind: 'number', min: 8, max: 900 }, { ...RADIUS, max: 500 } as Spec],
  },
  button: {
    content: [
      { key: 'label', kind: 'text' },
      { key: 'href', kind: 'url' },
    ],
    look: [ALIGN, { key: 'background', kind: 'color' }, COLOR, { key: 'full_width', kind: 'switch' }, size(10, 32), RADIUS],
  },
  booking: {
    content: [
      { key: 'label', kind: 'text' },
      { key: 'event_type', kind: 'event_type' },
    ],
    look: [ALIGN, { key: 'background', kind: 'color' }, COLOR, { key: 'full_width', kind: 'switch' }, size(10, 32), RADIUS],
  },
  divider: {
    content: [],
    look: [
      { key: 'style', kind: 'choice', options: ['solid', 'dashed', 'dotted'], usual: 'solid' },
      COLOR,
      { key: 'thickness_px', kind: 'number', min: 1, max: 20, usual: 1 },
      { key: 'width_percent', kind: 'number', min: 5, max: 100, usual: 100 },
      CENTERED,
    ],
  },
  spacer: { content: [], look: [{ key: 'height_px', kind: 'number', min: 1, max: 300, usual: 24 }] },
  social: { content: [], look: [{ key: 'style', label: 'social_style', kind: 'choice', options: ['badges', 'plain', 'names'], usual: 'badges' }, CENTERED, COLOR] },
  menu: { content: [], look: [CENTERED, COLOR, size(10, 28)] },
  logo: {
    content: [
      { key: 'src', kind: 'picture' },
      { key: 'name', kind: 'text' },
      { key: 'href', kind: 'url' },
    ],
    look: [ALIGN, { key: 'width_px', kind: 'number', min: 16, max: 600, usual: 140 }, COLOR, size(10, 60)],
  },
  footer: {
    content: [
      { key: 'address', kind: 'switch', usual: true },
      { key: 'unsubscribe', kind: 'switch', usual: true },
      { key: 'unsubscribe_label', kind: 'text' },
      { key: 'preferences', kind: 'switch' },
      { key: 'preferences_label', kind: 'text' },
      { key: 'web_version', kind: 'switch' },
      { key: 'web_version_label', kind: 'text' },
    ],
    look: [CENTERED, COLOR, size(10, 20)],
  },
  video: {
    content: [
      { key: 'href', kind: 'url' },
      { key: 'thumbnail', kind: 'picture' },
      { key: 'alt', kind: 'text' },
      { key: 'label', kind: 'text' },
    ],
    look: [],
  },
  table: {
    content: [
      { key: 'header', kind: 'switch' },
      { key: 'footer', kind: 'switch' },
    ],
    look: [{ key: 'striped', kind: 'switch' }, { key: 'border_color', kind: 'color' }, size(10, 28)],
  },
  product: {
    content: [
      { key: 'title', kind: 'text' },
      { key: 'image', kind: 'picture' },
      { key: 'alt', kind: 'text' },
      { key: 'text', kind: 'long' },
      { key: 'price', kind: 'text' },
      { key: 'old_price', kind: 'text' },
      { key: 'href', kind: 'url' },
      { key: 'button_label', kind: 'text' },
    ],
    look: [ALIGN],
  },
  quote: {
    content: [
      { key: 'author', kind: 'text' },
      { key: 'role', kind: 'text' },
    ],
    look: [ALIGN, COLOR],
  },
  html: { content: [{ key: 'html', kind: 'code' }], look: [] },
};
