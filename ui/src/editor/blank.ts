import { useQuery } from '@tanstack/react-query';
import { brandQuery } from '~/api/brand';
import type { Brand } from '~/api/schema';
import { accountQuery } from '~/api/session';
import { useFrame } from '~/frame/context';
import { inBrand } from './brand';
import { newBlock, type BlockType } from './model/catalog';
import type { BlockDocument } from './model/types';
import { newWords } from './store';

/** A mail to begin with: who writes, something to say, and how to leave. */
export function blankDocument(language: string, brand?: Brand): BlockDocument {
  const words = newWords();
  const types: BlockType[] = ['logo', 'heading', 'text', 'button', ...(brand?.social.length ? (['social'] as const) : []), 'footer'];
  const document: BlockDocument = { version: 1, settings: { language }, blocks: types.map((type) => newBlock(type, words)) };
  return brand ? inBrand(document, brand) : document;
}

/** Empty blocks in the account's language and in its brand, as far as one may know it. */
export function useBlankDocument(): () => BlockDocument {
  const { can } = useFrame();
  const account = useQuery(accountQuery).data;
  const brand = useQuery({ ...brandQuery, enabled: can('settings:read') }).data;
  return () => blankDocument(account?.language ?? 'en', brand);
}
