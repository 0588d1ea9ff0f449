import type { BlockFont, BlockPadding, BlockSettings } from '~/api/schema';

/** Colors, fonts and sizes of a whole mail, with what the server takes for what is left out. */
export type Settings = Required<Omit<BlockSettings, 'heading_font'>> & Pick<BlockSettings, 'heading_font'>;

/** What the server takes for what is left out. */
export const DEFAULTS: Settings = {
  width_px: 600,
  background: '#f4f4f5',
  content_background: '#ffffff',
  text_color: '#27272a',
  heading_color: '#18181b',
  link_color: '#4338ca',
  button_background: '#4338ca',
  button_color: '#ffffff',
  font: 'system',
  font_size_px: 16,
  line_height_percent: 150,
  radius_px: 6,
  padding_px: 24,
  dark_mode: 'auto',
  language: 'en',
};

/** Fonts that mail programs have, as the server writes them. */
export const FONTS: Record<BlockFont, string> = {
  system: "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
  arial: 'Arial, Helvetica, sans-serif',
  helvetica: 'Helvetica, Arial, sans-serif',
  verdana: 'Verdana, Geneva, sans-serif',
  tahoma: 'Tahoma, Verdana, sans-serif',
  trebuchet_ms: "'Trebuchet MS', Tahoma, sans-serif",
  georgia: "Georgia, 'Times New Roman', serif",
  times_new_roman: "'Times New Roman', Times, serif",
  palatino: "'Palatino Linotype', Palatino, Georgia, serif",
  courier_new: "'Courier New', Courier, monospace",
};

export const FONT_NAMES: Record<BlockFont, string> = {
  system: 'System',
  arial: 'Arial',
  helvetica: 'Helvetica',
  verdana: 'Verdana',
  tahoma: 'Tahoma',
  trebuchet_ms: 'Trebuchet MS',
  georgia: 'Georgia',
  times_new_roman: 'Times New Roman',
  palatino: 'Palatino',
  courier_new: 'Courier New',
};

export function settingsOf(settings: BlockSettings | undefined): Settings {
  const given = Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== null && value !== undefined));
  return { ...DEFAULTS, ...given };
}

export const HEADING_SIZES: Record<number, number> = { 1: 1.75, 2: 1.375, 3: 1.125 };

type Sides = Required<{ [Side in keyof BlockPadding]: number }>;

/** As the server: 10 above and below, nothing beside. */
export function paddingOf(padding: unknown, usual: Sides = { top_px: 10, right_px: 0, bottom_px: 10, left_px: 0 }): string {
  const { top_px, right_px, bottom_px, left_px } = { ...usual, ...(padding as BlockPadding | null | undefined) };
  return `${top_px}px ${right_px}px ${bottom_px}px ${left_px}px`;
}
