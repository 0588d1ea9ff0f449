import { describe, expect, it } from 'vitest';
import { begin, record, redo, undo } from './history';
import { columnsOf, copyOf, duplicate, find, idsIn, insert, listsOf, mayStand, move, placeBelow, remove, setColumnVisibility, setProps, setRatios, step, walk } from './tree';
import type { Block, BlockDocument, Place } from './types';

/** Numbers that are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

function names(): () => string {
  let last = 0;
  return () => `id${++last}`;
}

function leaf(id: string, type = 'text'): Block {
  return { id, type, props: { n: id } };
}

function someBlock(pick: (below: number) => number, name: () => string, depth = 0): Block {
  const kind = pick(6);
  const children = (most: number) => Array.from({ length: pick(most) }, () => someBlock(pick, name, depth + 1));
  if (kind === 0 && depth === 0) return { id: name(), type: 'section', props: { blocks: children(4) } };
  if (kind === 1 && depth < 2) {
    const columns = Array.from({ length: 1 + pick(4) }, () => ({ id: name(), blocks: children(3).filter(({ type }) => type === 'text') }));
    return { id: name(), type: 'columns', props: { ratios: columns.map(() => 1), columns } };
  }
  return leaf(name());
}

function someDocument(pick: (below: number) => number, name: () => string): BlockDocument {
  return { version: 1, settings: {}, blocks: Array.from({ length: pick(6) }, () => someBlock(pick, name)) };
}

function allIds(document: BlockDocument): string[] {
  return document.blocks.flatMap(idsIn);
}

function leaves(document: BlockDocument): string[] {
  return walk(document)
    .map(({ block }) => block)
    .filter(({ type }) => type === 'text')
    .map(({ id }) => id)
    .sort();
}

/** Sections only outside, columns not in columns. */
function wellFormed(document: BlockDocument): boolean {
  return walk(document).every(({ block, ancestors }) => {
    if (block.type === 'section') return ancestors.length === 0;
    if (block.type === 'columns') return ancestors.every(({ type }) => type === 'section');
    return true;
  });
}

function somePlace(document: BlockDocument, pick: (below: number) => number): Place {
  const lists: (string | null)[] = [null, ...walk(document).flatMap(({ block }) => listsOf(block).map(({ list }) => list))];
  return { list: lists[pick(lists.length)] ?? null, index: pick(5) };
}

function someChange(document: BlockDocument, pick: (below: number) => number, name: () => string): BlockDocument {
  const all = walk(document);
  const id = all.length > 0 ? all[pick(all.length)]!.block.id : 'nothing';
  switch (pick(8)) {
    case 0:
      return insert(document, someBlock(pick, name), somePlace(document, pick));
    case 1:
      return remove(document, id);
    case 2:
      return move(document, id, somePlace(document, pick));
    case 3:
      return duplicate(document, id, name).document;
    case 4:
      return setProps(document, id, { n: name() });
    case 5:
      return setRatios(document, id, Array.from({ length: 1 + pick(4) }, () => 1), name);
    default:
      return step(document, id, pick(2) === 0 ? 'up' : 'down');
  }
}

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

describe('the tree of blocks', () => {
  it('keeps ids unique and sections outside whatever is done', () => {
    for (const seed of SEEDS) {
      const pick = random(seed);
      const name = names();
      let document = someDocument(pick, name);
      for (let round = 0; round < 40; round += 1) {
        document = someChange(document, pick, name);
        const ids = allIds(document);
        expect(new Set(ids).size, `seed ${seed}`).toBe(ids.length);
        expect(wellFormed(document), `seed ${seed}`).toBe(true);
      }
    }
  });

  it('is as before after undo, and as after after redo', () => {
    for (const seed of SEEDS) {
      const pick = random(seed);
      const name = names();
      let history = begin(someDocument(pick, name));
      const states = [history.present];
      for (let round = 0; round < 30; round += 1) {
        const next = someChange(history.present, pick, name);
        if (next !== history.present) states.push(next);
        history = record(history, next, round);
      }
      for (const state of [...states].reverse()) {
        expect(history.present).toBe(state);
        history = undo(history);
      }
      expect(undo(history)).toBe(history);
      for (const state of states) {
        expect(history.present).toBe(state);
        history = redo(history);
      }
    }
  });

  it('loses nothing by moving', () => {
    for (const seed of SEEDS) {
      const pick = random(seed);
      const name = names();
      let document = someDocument(pick, name);
      const before = leaves(document);
      for (let round = 0; round < 30; round += 1) {
        const all = walk(document);
        if (all.length === 0) break;
        const { id } = all[pick(all.length)]!.block;
        document = pick(2) === 0 ? move(document, id, somePlace(document, pick)) : step(document, id, pick(2) === 0 ? 'up' : 'down');
        expect(leaves(document)).toEqual(before);
      }
    }
  });

  it('is as before when a new block is removed again, or moved down and up', () => {
    for (const seed of SEEDS) {
      const pick = random(seed);
      const name = names();
      const document = someDocument(pick, name);
      const block = leaf('new');
      const place = somePlace(document, pick);
      expect(remove(insert(document, block, place), 'new')).toEqual(document);
      for (const { block: one } of walk(document)) {
        const down = step(document, one.id, 'down');
        if (down !== document) expect(step(down, one.id, 'up')).toEqual(document);
      }
    }
  });

  it('lets a block come to every place by steps', () => {
    const document: BlockDocument = {
      version: 1,
      settings: {},
      blocks: [
        leaf('x'),
        { id: 's', type: 'section', props: { blocks: [leaf('a')] } },
        { id: 'c', type: 'columns', props: { ratios: [1, 1], columns: [{ id: 'c1', blocks: [] }, { id: 'c2', blocks: [leaf('b')] }] } },
      ],
    };
    const places: string[] = [];
    let now = document;
    for (;;) {
      const { list, index } = find(now, 'x')!.place;
      places.push(`${list ?? 'top'}:${index}`);
      const next = step(now, 'x', 'down');
      if (next === now) break;
      now = next;
    }
    expect(places).toEqual(['top:0', 's:0', 's:1', 'top:1', 'c1:0', 'c2:0', 'c2:1', 'top:2']);
  });

  it('refuses what cannot be', () => {
    const section: Block = { id: 's', type: 'section', props: { blocks: [leaf('a')] } };
    const document: BlockDocument = { version: 1, settings: {}, blocks: [section, leaf('b')] };
    expect(mayStand(document, { id: 't', type: 'section', props: {} }, 's')).toBe(false);
    expect(move(document, 's', { list: 's', index: 0 })).toBe(document);
    expect(move(document, 'b', { list: 'gone', index: 0 })).toBe(document);
    expect(insert(document, leaf('n'), { list: 'gone', index: 0 })).toBe(document);
  });

  it('counts the index of a move as the document is before it', () => {
    const document: BlockDocument = { version: 1, settings: {}, blocks: ['a', 'b', 'c'].map((id) => leaf(id)) };
    const order = (moved: BlockDocument) => moved.blocks.map(({ id }) => id).join('');
    expect(order(move(document, 'a', { list: null, index: 2 }))).toBe('bac');
    expect(order(move(document, 'c', { list: null, index: 0 }))).toBe('cab');
    expect(move(document, 'b', { list: null, index: 2 })).toBe(document);
  });

  it('keeps what is in columns that go', () => {
    const columns = ['1', '2', '3'].map((id) => ({ id: `c${id}`, blocks: [leaf(id)] }));
    const document: BlockDocument = { version: 1, settings: {}, blocks: [{ id: 'c', type: 'columns', props: { ratios: [1, 1, 1], columns } }] };
    const less = setRatios(document, 'c', [2, 1], names());
    expect(columnsOf(less.blocks[0]!).map(({ blocks }) => blocks.map(({ id }) => id))).toEqual([['1'], ['2', '3']]);
  });

  it('puts a new block below the selected one, or where it may stand, and before the footer', () => {
    const inner = leaf('a');
    const document: BlockDocument = { version: 1, settings: {}, blocks: [{ id: 's', type: 'section', props: { blocks: [inner] } }, leaf('f', 'footer')] };
    expect(placeBelow(document, 'a', leaf('n'))).toEqual({ list: 's', index: 1 });
    expect(placeBelow(document, 'a', { id: 'n', type: 'section', props: {} })).toEqual({ list: null, index: 1 });
    expect(placeBelow(document, null, leaf('n'))).toEqual({ list: null, index: 1 });
  });

  it('copies with ids of its own', () => {
    const block: Block = { id: 'c', type: 'columns', props: { ratios: [1], columns: [{ id: 'c1', blocks: [leaf('a')] }] } };
    const copy = copyOf(block, names());
    expect(idsIn(copy)).toEqual(['id1', 'id2', 'id3']);
    expect(idsIn(block)).toEqual(['c', 'c1', 'a']);
  });
});

describe('history', () => {
  it('takes quick changes of one kind as one step', () => {
    let history = begin('');
    history = record(history, 'a', 1000, 'typing');
    history = record(history, 'ab', 1200, 'typing');
    history = record(history, 'abc', 5000, 'typing');
    expect(undo(history).present).toBe('ab');
    expect(undo(undo(history)).present).toBe('');
  });
});

describe('who sees a column', () => {
  const rule = { field: 'language', op: 'equals', value: 'en' } as const;
  const other = { field: 'city', op: 'is_set' } as const;
  const start: BlockDocument = {
    version: 1,
    settings: {},
    blocks: [{ id: 'c', type: 'columns', props: { ratios: [1, 1], columns: [{ id: 'c1', blocks: [] }, { id: 'c2', background: '#ffeeaa', blocks: [leaf('a'), { ...leaf('b'), visibility: other }] }] } }],
  };
  const set = setColumnVisibility(start, 'c', 'c2', rule);

  it('is set and taken back', () => {
    expect(columnsOf(set.blocks[0]!).map(({ visibility }) => visibility)).toEqual([undefined, rule]);
    expect(setColumnVisibility(set, 'c', 'c2', null)).toEqual(start);
  });

  it('stays with a copy, as its colors do', () => {
    const copy = duplicate(set, 'c', names()).document.blocks[1]!;
    expect(columnsOf(copy)[1]).toMatchObject({ visibility: rule, background: '#ffeeaa' });
  });

  it('goes along with what moves out of a column that goes', () => {
    const [column] = columnsOf(setRatios(set, 'c', [1], names()).blocks[0]!);
    expect(column!.visibility).toBeUndefined();
    expect(column!.blocks.map(({ visibility }) => visibility)).toEqual([rule, { all: [rule, other] }]);
  });
});
