import { createContext, useContext, type CSSProperties } from 'react';
import type { BlockAlign } from '~/api/schema';
import { DEFAULTS, FONTS, HEADING_SIZES, type Settings } from '../model/settings';

/** How the mail looks where a block says nothing else; sections change the color of what is in them. */
export interface Look {
  settings: Settings;
  /** Of a section with a color of its own. */
  text_color: string | null;
  /** As on a phone: columns stand below each other. */
  narrow: boolean;
}

export const LookContext = createContext<Look>({ settings: DEFAULTS, text_color: null, narrow: false });

export function useLook(): Look {
  return useContext(LookContext);
}

export const FLEX: Record<BlockAlign, string> = { left: 'flex-start', center: 'center', right: 'flex-end' };

export function textStyle({ settings, text_color }: Look): CSSProperties {
  return {
    color: text_color ?? settings.text_color,
    fontFamily: FONTS[settings.font],
    fontSize: settings.font_size_px,
    lineHeight: settings.line_height_percent / 100,
  };
}

export function headingStyle(look: Look, level: number): CSSProperties {
  const { settings, text_color } = look;
  return {
    color: text_color ?? settings.heading_color,
    fontFamily: FONTS[settings.heading_font ?? settings.font],
    fontSize: Math.round(settings.font_size_px * (HEADING_SIZES[level] ?? 1.375)),
    fontWeight: 700,
    lineHeight: 1.25,
  };
}
