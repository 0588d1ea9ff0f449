import type { Rule } from '~/api/schema';
import type { Block, BlockDocument, Column, Place } from './types';

/*
 * Pure operations on the tree of blocks. Each gives a new document and shares with the old one what did not change, so
 * that undoing is keeping the old one. What cannot be done, such as a section in a column, leaves the document as it is.
 */

/** The blocks of a document together with the lists that they are in. */
interface Found {
  block: Block;
  place: Place;
  /** From the outermost to the one that holds it. */
  ancestors: Block[];
}

export function isSection(block: Block): boolean {
  return block.type === 'section';
}

export function isColumns(block: Block): boolean {
  return block.type === 'columns';
}

/** The lists in a block, with what they are called. */
export function listsOf(block: Block): { list: string; blocks: Block[] }[] {
  if (isSection(block)) return [{ list: block.id, blocks: (block.props.blocks as Block[] | undefined) ?? [] }];
  if (isColumns(block)) return columnsOf(block).map(({ id, blocks }) => ({ list: id, blocks }));
  return [];
}

export function columnsOf(block: Block): Column[] {
  return (block.props.columns as Column[] | undefined) ?? [];
}

/** The block with other blocks in its lists. */
function withLists(block: Block, change: (list: string, blocks: Block[]) => Block[]): Block {
  if (isSection(block)) {
    const before = (block.props.blocks as Block[] | undefined) ?? [];
    const blocks = change(block.id, before);
    return blocks === before ? block : { ...block, props: { ...block.props, blocks } };
  }
  if (isColumns(block)) {
    const before = columnsOf(block);
    const columns = before.map((column) => {
      const blocks = change(column.id, column.blocks);
      return blocks === column.blocks ? column : { ...column, blocks };
    });
    if (columns.every((column, index) => column === before[index])) return block;
    return { ...block, props: { ...block.props, columns } };
  }
  return block;
}

/** Every list of the document, changed from the inside to the outside. */
function mapLists(document: BlockDocument, change: (list: string | null, blocks: Block[]) => Block[]): BlockDocument {
  const deep = (list: string | null, blocks: Block[]): Block[] => {
    const inner = blocks.map((block) => withLists(block, deep));
    return change(list, inner.every((block, index) => block === blocks[index]) ? blocks : inner);
  };
  const blocks = deep(null, document.blocks);
  return blocks === document.blocks ? document : { ...document, blocks };
}

/** All blocks, each before what is in it. */
export function walk(document: BlockDocument): Found[] {
  const found: Found[] = [];
  const visit = (list: string | null, blocks: Block[], ancestors: Block[]) => {
    for (const [index, block] of blocks.entries()) {
      found.push({ block, place: { list, index }, ancestors });
      for (const inner of listsOf(block)) visit(inner.list, inner.blocks, [...ancestors, block]);
    }
  };
  visit(null, document.blocks, []);
  return found;
}

export function find(document: BlockDocument, id: string | null): Found | null {
  return id === null ? null : (walk(document).find(({ block }) => block.id === id) ?? null);
}

/** Ids of blocks and columns in a block, itself among them. */
export function idsIn(block: Block): string[] {
  const ids = [block.id];
  if (isColumns(block)) ids.push(...columnsOf(block).map(({ id }) => id));
  for (const { blocks } of listsOf(block)) ids.push(...blocks.flatMap(idsIn));
  return ids;
}

export function listOf(document: BlockDocument, list: string | null): Block[] | null {
  if (list === null) return document.blocks;
  for (const { block } of walk(document)) {
    const own = listsOf(block).find((one) => one.list === list);
    if (own) return own.blocks;
  }
  return null;
}

/** What holds a list: nothing, a section or columns. */
export function holderOf(document: BlockDocument, list: string | null): Block | null {
  if (list === null) return null;
  return walk(document).find(({ block }) => listsOf(block).some((own) => own.list === list))?.block ?? null;
}

/** Sections stand in the document, columns there or in a section, all others anywhere. */
export function mayHold(holder: Block | null, block: Block): boolean {
  if (isSection(block)) return holder === null;
  if (isColumns(block)) return holder === null || isSection(holder);
  return true;
}

export function mayStand(document: BlockDocument, block: Block, list: string | null): boolean {
  if (list !== null && idsIn(block).includes(list)) return false;
  const holder = holderOf(document, list);
  return (list === null || holder !== null) && mayHold(holder, block);
}

export function insert(document: BlockDocument, block: Block, { list, index }: Place): BlockDocument {
  if (!mayStand(document, block, list)) return document;
  return mapLists(document, (name, blocks) => (name === list ? blocks.toSpliced(clamp(index, blocks.length), 0, block) : blocks));
}

export function remove(document: BlockDocument, id: string): BlockDocument {
  return mapLists(document, (_, blocks) => (blocks.some((block) => block.id === id) ? blocks.filter((block) => block.id !== id) : blocks));
}

/** `place` counts as the document is before the move. */
export function move(document: BlockDocument, id: string, place: Place): BlockDocument {
  const found = find(document, id);
  if (!found || !mayStand(document, found.block, place.list)) return document;
  const same = found.place.list === place.list;
  const index = same && found.place.index < place.index ? place.index - 1 : place.index;
  if (same && index === found.place.index) return document;
  return insert(remove(document, id), found.block, { list: place.list, index });
}

/** Everywhere that a block could stand, from top to bottom; the block itself is not in the document. */
function placesFor(document: BlockDocument, block: Block): Place[] {
  const places: Place[] = [];
  const visit = (holder: Block | null, list: string | null, blocks: Block[]) => {
    const may = mayHold(holder, block);
    for (const [index, sibling] of blocks.entries()) {
      if (may) places.push({ list, index });
      for (const inner of listsOf(sibling)) visit(sibling, inner.list, inner.blocks);
    }
    if (may) places.push({ list, index: blocks.length });
  };
  visit(null, null, document.blocks);
  return places;
}

/** One place up or down, in and out of sections and columns. The way without a mouse reaches every place. */
export function step(document: BlockDocument, id: string, direction: 'up' | 'down'): BlockDocument {
  const found = find(document, id);
  if (!found) return document;
  const rest = remove(document, id);
  const places = placesFor(rest, found.block);
  const now = places.findIndex(({ list, index }) => list === found.place.list && index === found.place.index);
  const next = places[direction === 'up' ? now - 1 : now + 1];
  return next ? insert(rest, found.block, next) : document;
}

export function update(document: BlockDocument, id: string, change: (block: Block) => Block): BlockDocument {
  return mapLists(document, (_, blocks) => {
    const index = blocks.findIndex((block) => block.id === id);
    return index < 0 ? blocks : blocks.with(index, change(blocks[index]!));
  });
}

export function setProps(document: BlockDocument, id: string, props: Record<string, unknown>): BlockDocument {
  return update(document, id, (block) => ({ ...block, props: { ...block.props, ...props } }));
}

/** A copy with ids of its own. */
export function copyOf(block: Block, newId: () => string): Block {
  const copy: Block = { ...structuredClone(block), id: newId() };
  if (isSection(copy)) copy.props.blocks = (listsOf(copy)[0]?.blocks ?? []).map((inner) => copyOf(inner, newId));
  if (isColumns(copy)) {
    copy.props.columns = columnsOf(copy).map((column) => ({ ...column, id: newId(), blocks: column.blocks.map((inner) => copyOf(inner, newId)) }));
  }
  return copy;
}

/** Puts a copy below; says what it is called. */
export function duplicate(document: BlockDocument, id: string, newId: () => string): { document: BlockDocument; id: string | null } {
  const found = find(document, id);
  if (!found) return { document, id: null };
  const copy = copyOf(found.block, newId);
  return { document: insert(document, copy, { list: found.place.list, index: found.place.index + 1 }), id: copy.id };
}

/** Who sees a column; everybody when it is null. */
export function setColumnVisibility(document: BlockDocument, id: string, column: string, visibility: Rule | null): BlockDocument {
  return update(document, id, (block) => {
    const columns = columnsOf(block).map((one) => {
      if (one.id !== column) return one;
      const { visibility: _, ...rest } = one;
      return visibility ? { ...rest, visibility } : rest;
    });
    return { ...block, props: { ...block.props, columns } };
  });
}

/** A block that only those see who also see what it was in. */
function within(block: Block, outer: Rule | null | undefined): Block {
  if (!outer) return block;
  return { ...block, visibility: block.visibility ? { all: [outer, block.visibility] } : outer };
}

/** Other columns; what was in those that go moves into the last that stays, and is shown to the same people. */
export function setRatios(document: BlockDocument, id: string, ratios: number[], newId: () => string): BlockDocument {
  return update(document, id, (block) => {
    if (!isColumns(block) || ratios.length === 0) return block;
    const before = columnsOf(block);
    const columns = ratios.map((_, index) => before[index] ?? { id: newId(), blocks: [] });
    const left = before.slice(ratios.length).flatMap(({ blocks, visibility }) => blocks.map((inner) => within(inner, visibility)));
    const last = columns.length - 1;
    if (left.length > 0) columns[last] = { ...columns[last]!, blocks: [...columns[last]!.blocks, ...left] };
    return { ...block, props: { ...block.props, ratios, columns } };
  });
}

/** Where a new block goes when no place was pointed at: below what is selected, else at the end. */
export function placeBelow(document: BlockDocument, selected: string | null, block: Block): Place {
  const found = find(document, selected);
  if (!found) return { list: null, index: endOf(document, block) };
  // Into a section or column that is selected and still empty.
  const empty = listsOf(found.block).find(({ blocks }) => blocks.length === 0);
  if (empty && mayHold(found.block, block)) return { list: empty.list, index: 0 };
  let place: Place = { list: found.place.list, index: found.place.index + 1 };
  for (const ancestor of [...found.ancestors].reverse()) {
    if (mayStand(document, block, place.list)) return place;
    const outer = find(document, ancestor.id)!.place;
    place = { list: outer.list, index: outer.index + 1 };
  }
  return place;
}

/** A footer stays the last one. */
function endOf({ blocks }: BlockDocument, block: Block): number {
  return blocks.at(-1)?.type === 'footer' && block.type !== 'footer' ? blocks.length - 1 : blocks.length;
}

function clamp(index: number, length: number): number {
  return Math.max(0, Math.min(index, length));
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Also where there is no `crypto.randomUUID`, which needs a secure context. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
