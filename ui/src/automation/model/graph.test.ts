import { describe, expect, it } from 'vitest';
import { ALL_STEP_KINDS } from './catalog';
import { armName, edgesOf, freeId, insert, isPlain, mayRemove, moveBefore, moveOnto, reached, remove, tidied, waysOf } from './graph';
import { CARD_HEIGHT, CARD_WIDTH, draw } from './layout';
import { idsIn, neighbors, outline, type Sequence } from './outline';
import type { Definition, Place } from './types';

const START: Definition = {
  version: 1,
  triggers: [{ id: 'joined', on: { event: 'group.joined' }, start: 'end' }],
  steps: [{ id: 'end', kind: 'end' }],
};
const FIRST: Place = [{ from: 'trigger:joined', slot: 'start' }];

/** Without what chance put behind it. */
const bare = (id: string) => id.replace(/-\d[a-z0-9]*$/, '');
/** The step of a kind, the last of them that was added. */
const idOf = (definition: Definition, kind: string) => definition.steps.findLast((step) => step.kind === kind)!.id;

/** Numbers that are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

function placesIn(sequences: Sequence[]): Place[] {
  return sequences.flatMap(({ items, place }) => [
    ...items.flatMap((item) => [item.place, ...placesIn(item.branches.map(({ sequence }) => sequence))]),
    place,
  ]);
}

/** As lines: what is within another is further in. */
function told(sequences: Sequence[], depth = 0): string[] {
  const within = '  '.repeat(depth);
  return sequences.flatMap(({ items, end }) => [
    ...items.flatMap(({ step, branches }) => [
      within + bare(step.id),
      ...branches.flatMap(({ edge, sequence }) => [`${within}  ${edge.label}:`, ...told([sequence], depth + 2)]),
    ]),
    ...(end.kind === 'goes_on' ? [`${within}-> ${bare(end.to ?? '')}`] : []),
  ]);
}

describe('the graph', () => {
  it('takes steps in, ways that lie beside each other too, and is read from the top', () => {
    const first = insert(START, FIRST, 'send_email').definition;
    const split = insert(first, [{ from: idOf(first, 'send_email'), slot: 'next' }], 'if_else').definition;
    const then = insert(split, [{ from: idOf(split, 'if_else'), slot: 'with.then' }], 'wait').definition;
    expect(told(outline(then))).toEqual(['send_email', 'if_else', '  then:', '    wait', '  else:', 'end']);
    // Behind both ways.
    const { items } = outline(then)[0]!;
    const behind = insert(then, items[2]!.place, 'add_tag').definition;
    expect(told(outline(behind))).toEqual(['send_email', 'if_else', '  then:', '    wait', '  else:', 'add_tag', 'end']);
    expect(behind.steps.find(({ kind }) => kind === 'wait')!.next).toBe(idOf(behind, 'add_tag'));
    const shorter = remove(behind, idOf(behind, 'if_else'));
    expect(told(outline(shorter))).toEqual(['send_email', 'add_tag', 'end']);
  });

  it('lets a way end early, and tells where one goes on that leads back', () => {
    const mail = insert(START, FIRST, 'send_email').definition;
    const split = insert(mail, [{ from: idOf(mail, 'send_email'), slot: 'next' }], 'if_else').definition;
    const ended = insert(split, [{ from: idOf(split, 'if_else'), slot: 'with.then' }], 'end').definition;
    expect(told(outline(ended))).toEqual(['send_email', 'if_else', '  then:', '    end', '  else:', '    end']);
    const early = idOf(ended, 'end');
    const back = { ...ended, steps: ended.steps.map((step) => (step.id === early ? { id: early, kind: 'jump', with: { to: idOf(ended, 'send_email') } } : step)) };
    expect(told(outline(back))).toContain('    -> send_email');
  });

  it('moves plain steps, across others and behind whole splits', () => {
    const a = insert(START, FIRST, 'add_tag').definition;
    const b = insert(a, [{ from: idOf(a, 'add_tag'), slot: 'next' }], 'if_else').definition;
    const c = insert(b, [{ from: idOf(b, 'if_else'), slot: 'with.else' }], 'wait').definition;
    const { after, behind } = neighbors(outline(c), idOf(c, 'add_tag'));
    expect(after!.step.kind).toBe('if_else');
    const down = moveOnto(c, idOf(c, 'add_tag'), behind!);
    expect(told(outline(down))).toEqual(['if_else', '  then:', '  else:', '    wait', 'add_tag', 'end']);
    expect(told(outline(moveBefore(down, idOf(down, 'add_tag'), idOf(down, 'if_else'))))).toEqual(told(outline(c)));
  });

  it('never gives a new step the id of one that was removed: people may stand there', () => {
    const ids = new Set<string>();
    for (let n = 0; n < 100; n += 1) {
      const { definition, id } = insert(START, FIRST, 'send_email');
      ids.add(id);
      expect(remove(definition, id).steps.map((step) => step.id)).toEqual(['end']);
    }
    expect(ids.size).toBe(100);
    const [first] = insert(START, FIRST, 'wait').definition.steps.slice(-1);
    const copy = insert({ ...START, steps: [first!, ...START.steps] }, FIRST, 'wait', first).id;
    expect(copy).toMatch(/^wait-\d[a-z0-9]{4}$/);
    expect(freeId([], 'x'.repeat(60))).toMatch(/^x{34}-\d[a-z0-9]{4}$/);
  });

  it('takes away only what a change cut off: what nothing led to before stays', () => {
    const loose: Definition = {
      ...START,
      triggers: [{ ...START.triggers[0]!, start: 'split' }],
      steps: [
        // oxlint-disable-next-line unicorn/no-thenable -- so it is called in the document
        { id: 'split', kind: 'if_else', with: { if: {}, then: 'mail', else: 'shared' } },
        { id: 'mail', kind: 'send_email', next: 'end' },
        { id: 'shared', kind: 'wait', next: 'end' },
        { id: 'end', kind: 'end' },
        { id: 'alone', kind: 'wait', next: 'after' },
        { id: 'after', kind: 'jump', with: { to: 'shared' } },
      ],
    };
    const ids = (definition: Definition) => definition.steps.map(({ id }) => id);
    const typed = { ...loose, steps: loose.steps.map((step) => (step.id === 'mail' ? { ...step, name: 'M' } : step)) };
    expect(tidied(loose, typed)).toEqual({ definition: typed, gone: [] });
    const straight = { ...loose, triggers: [{ ...loose.triggers[0]!, start: 'end' }] };
    const { definition, gone } = tidied(loose, straight);
    expect(gone.map(({ id }) => id)).toEqual(['split', 'mail']);
    expect(ids(definition)).toEqual(['shared', 'end', 'alone', 'after']);
    expect(ids(insert(loose, FIRST, 'wait').definition)).toEqual(expect.arrayContaining(ids(loose)));
    expect(ids(remove(loose, 'mail'))).toEqual(['split', 'shared', 'end', 'alone', 'after']);
  });

  it('calls arms by their place, so that none is called as another was', () => {
    const arms = ['a', 'offer', freeId([], 'arm')].map((id) => ({ id, weight: 1, next: 'end' }));
    expect(arms.map((_, at) => armName(arms, at))).toEqual(['A', 'OFFER', 'C']);
  });

  it('stays whole whatever is done to it', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const pick = random(seed);
      let definition = START;
      for (let n = 0; n < 25; n += 1) {
        const sequences = outline(definition);
        const places = placesIn(sequences).filter((place) => place.length > 0);
        const step = definition.steps[pick(definition.steps.length)]!;
        const what = pick(10);
        if (what < 6) definition = insert(definition, places[pick(places.length)]!, ALL_STEP_KINDS[pick(ALL_STEP_KINDS.length)]!).definition;
        else if (what < 8 && mayRemove(definition, step.id)) definition = remove(definition, step.id);
        else if (isPlain(step)) {
          const { before, after, behind } = neighbors(sequences, step.id);
          if (what === 8 && before) definition = moveBefore(definition, step.id, before.step.id);
          else if (after && behind && behind.length > 0 && after.step.kind !== 'end' && after.step.kind !== 'jump') definition = moveOnto(definition, step.id, behind);
        }
        const ids = definition.steps.map(({ id }) => id);
        const doing = `seed ${seed}, step ${n}`;
        expect(new Set(ids).size, doing).toBe(ids.length);
        for (const { to, from } of waysOf(definition)) expect(ids, `${doing}: from ${from}`).toContain(to);
        expect([...reached(definition)].sort(), doing).toEqual([...ids].sort());
        // Each stands in the outline once.
        const shown = outline(definition).flatMap(({ items }) => items.flatMap(idsIn));
        expect(shown.sort(), doing).toEqual([...ids].sort());
        for (const one of definition.steps) if (one.kind !== 'end') expect(edgesOf(one).length, doing).toBeGreaterThan(0);
      }
      overlaps(definition, seed);
    }
  });
});

function overlaps(definition: Definition, seed: number): void {
  const { cards, width } = draw(definition);
  for (const [index, { x, y }] of cards.entries()) {
    expect(x, `seed ${seed}`).toBeGreaterThanOrEqual(-0.5);
    expect(x + CARD_WIDTH, `seed ${seed}`).toBeLessThanOrEqual(width + 0.5);
    for (const other of cards.slice(index + 1)) {
      const apart = Math.abs(other.x - x) >= CARD_WIDTH || Math.abs(other.y - y) >= CARD_HEIGHT;
      expect(apart, `seed ${seed}: ${cards[index]!.item.step.id} and ${other.item.step.id}`).toBe(true);
    }
  }
}
