import { describe, expect, it } from 'vitest';
import { ALL_STEP_KINDS } from './catalog';
import { armName, edgesOf, freeId, insert, mayRemove, reached, remove, tidied, waysOf } from './graph';
import { CARD_HEIGHT, CARD_WIDTH, draw } from './layout';
import { idsIn, outline, type Sequence } from './outline';
import { copyBehind, fits, moved, moveTo, regionOf } from './region';
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
    const down = moved(c, idOf(c, 'add_tag'), 'down');
    expect(told(outline(down))).toEqual(['if_else', '  then:', '  else:', '    wait', 'add_tag', 'end']);
    expect(told(outline(moved(down, idOf(down, 'add_tag'), 'up')))).toEqual(told(outline(c)));
    // The split goes as a whole, too.
    expect(told(outline(moved(c, idOf(c, 'if_else'), 'up')))).toEqual(told(outline(down)));
    expect(moved(c, idOf(c, 'end'), 'up')).toBe(c);
    expect(moved(down, idOf(down, 'add_tag'), 'down')).toBe(down);
  });

  it('moves from way to way, and never into itself nor onto a way that only it leads to', () => {
    const a = insert(START, FIRST, 'if_else').definition;
    const split = idOf(a, 'if_else');
    const b = insert(a, [{ from: split, slot: 'with.then' }], 'wait').definition;
    const c = insert(b, [{ from: idOf(b, 'wait'), slot: 'next' }], 'add_tag').definition;
    const wait = regionOf(c, idOf(c, 'wait'))!;
    expect(told(outline(moveTo(c, wait, [{ from: split, slot: 'with.else' }])))).toEqual(['if_else', '  then:', '    add_tag', '  else:', '    wait', 'end']);
    // Behind both ways, though its own way is one of them.
    const tag = regionOf(c, idOf(c, 'add_tag'))!;
    const behind = outline(c)[0]!.items[1]!.place;
    expect(told(outline(moveTo(c, tag, behind)))).toEqual(['if_else', '  then:', '    wait', '  else:', 'add_tag', 'end']);
    const whole = regionOf(c, split)!;
    expect([...whole.ids].sort()).toEqual([split, wait.first, tag.first].sort());
    expect(fits(c, whole, [{ from: wait.first, slot: 'next' }])).toBe(false);
    expect(fits(c, wait, [{ from: wait.first, slot: 'next' }])).toBe(false);
    expect(fits(c, wait, [{ from: split, slot: 'with.then' }])).toBe(false);
  });

  it('copies a step or a whole branch behind itself, with ids of its own', () => {
    const a = insert(START, FIRST, 'wait_for_any').definition;
    const race = idOf(a, 'wait_for_any');
    const b = insert(a, [{ from: race, slot: 'with.paths[0].next' }], 'send_email').definition;
    const mail = idOf(b, 'send_email');
    const c = insert(b, [{ from: mail, slot: 'next' }], 'wait_for_any').definition;
    const inner = idOf(c, 'wait_for_any');
    const asked = { ...c, steps: c.steps.map((step) => (step.id === inner ? { ...step, with: { ...step.with, paths: [{ id: 'p', on: { event: 'message.opened', with: { step: mail } }, next: step.next! }] } } : step)) };
    const { definition, id } = copyBehind(asked, regionOf(asked, race)!);
    expect(definition.steps).toHaveLength(7);
    expect(new Set(definition.steps.map((step) => step.id)).size).toBe(7);
    const half = ['wait_for_any', '  path:', '    send_email', '    wait_for_any', '      path:', '      next:', '  next:'];
    expect(told(outline(definition))).toEqual([...half, ...half, 'end']);
    expect(id).not.toBe(race);
    const copied = definition.steps.find((step) => step.kind === 'wait_for_any' && step.id !== id && !asked.steps.some((one) => one.id === step.id))!;
    const mailOfCopy = definition.steps.find((step) => step.kind === 'send_email' && step.id !== mail)!;
    expect(copied.with!.paths).toMatchObject([{ on: { with: { step: mailOfCopy.id } } }]);
  });

  it('never gives a new step the id of one that was removed: people may stand there', () => {
    const ids = new Set<string>();
    for (let n = 0; n < 100; n += 1) {
      const { definition, id } = insert(START, FIRST, 'send_email');
      ids.add(id);
      expect(remove(definition, id).steps.map((step) => step.id)).toEqual(['end']);
    }
    expect(ids.size).toBe(100);
    const { definition, id } = insert(START, FIRST, 'wait');
    expect(copyBehind(definition, regionOf(definition, id)!).id).toMatch(/^wait-\d[a-z0-9]{4}$/);
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
        else {
          const region = regionOf(definition, step.id);
          if (what === 8) definition = moved(definition, step.id, pick(2) === 0 ? 'up' : 'down');
          else if (region && pick(4) > 0) definition = moveTo(definition, region, places[pick(places.length)]!);
          else if (region && definition.steps.length < 40) ({ definition } = copyBehind(definition, region));
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
