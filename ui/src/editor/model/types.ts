import type { Block as KnownBlock, BlockColumn, BlockDocument as KnownDocument, BlockSettings } from '~/api/schema';

/*
 * The tree as it is edited. It is looser than the types of the API, which know what each kind of block has: the editor
 * goes by the names of kinds and properties (`catalog.ts`, `specs.ts`), and keeps what it does not know as it is.
 */

/** Something that a message is made of. `props` depends on `type`; see `catalog.ts`. */
export type Block = Pick<KnownBlock, 'id' | 'visibility'> & { type: string; props: Record<string, unknown> };

/** One of the columns of a block of columns; its id names the list of blocks in it. */
export type Column = Omit<BlockColumn, 'id' | 'blocks'> & { id: string; blocks: Block[] };

export type BlockDocument = Pick<KnownDocument, 'version'> & { settings: BlockSettings; blocks: Block[] };

/** Where a block is or could be: in the list of the document (`null`), of a section or of a column. */
export interface Place {
  list: string | null;
  index: number;
}
