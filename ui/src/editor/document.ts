import type { BlockDocument, Document } from '~/api/schema';
import type { Block, Column } from './model/types';
import type { Draft } from './store';

/** A draft as the server takes it. */
export function documentOf({ subject, preheader, document, text }: Draft): Document {
  return { subject, preheader: preheader.trim() || null, body: { kind: 'blocks', document: document as BlockDocument, text: text.trim() ? text : null } };
}

/** A block with its properties, which programs may leave out where there are none. */
function whole(block: Omit<Block, 'props'> & { props?: Block['props'] }): Block {
  const props = { ...block.props };
  if (Array.isArray(props.blocks)) props.blocks = (props.blocks as Block[]).map(whole);
  if (Array.isArray(props.columns)) props.columns = (props.columns as Column[]).map((column) => ({ ...column, blocks: (column.blocks ?? []).map(whole) }));
  return { ...block, props };
}

/** What is written in a document of blocks. */
export function draftOf({ subject, preheader, body }: Document): Draft | null {
  if (body.kind !== 'blocks') return null;
  const { document, text } = body;
  return { subject, preheader: preheader ?? '', document: { ...document, settings: document.settings ?? {}, blocks: (document.blocks as Block[]).map(whole) }, text: text ?? '' };
}
