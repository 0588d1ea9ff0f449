import type { Brand } from '~/api/schema';
import { update, walk } from './model/tree';
import type { BlockDocument } from './model/types';

/** A mail in the colors of the brand, with its logo and its words at the foot; what it says stays. */
export function inBrand(document: BlockDocument, brand: Brand): BlockDocument {
  const { language } = document.settings;
  const settings = language === undefined ? brand.settings : { ...brand.settings, language };
  return walk(document).reduce<BlockDocument>(
    (now, { block }) => {
      const props = propsOf(block.type, brand);
      return props ? update(now, block.id, (one) => ({ ...one, props: { ...one.props, ...props } })) : now;
    },
    { ...document, settings },
  );
}

function propsOf(type: string, brand: Brand): Record<string, unknown> | null {
  if (type === 'logo' && (brand.logo_url || brand.logo_href)) {
    return {
      ...(brand.logo_url ? { src: brand.logo_url, name: brand.name } : {}),
      ...(brand.logo_href ? { href: brand.logo_href } : {}),
      ...(brand.logo_width_px ? { width_px: brand.logo_width_px } : {}),
    };
  }
  if (type === 'footer' && brand.footer_text) return { text: brand.footer_text };
  if (type === 'social' && brand.social.length > 0) return { links: brand.social };
  return null;
}
