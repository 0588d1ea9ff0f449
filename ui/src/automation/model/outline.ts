import { edgesOf, hasNext, stepOf, waysOf } from './graph';
import type { Definition, Edge, Place, Step } from './types';

/** Steps that follow each other, and how that ends. */
export interface Sequence {
  items: Item[];
  /** The place behind the last of them. */
  place: Place;
  /** `joins` what comes behind the ways that lie beside each other; `goes_on` at a step that stands elsewhere; or is over. */
  end: { kind: 'over' | 'joins' | 'goes_on' | 'nowhere'; to?: string };
}

export interface Item {
  step: Step;
  /** Before it. */
  place: Place;
  branches: Branch[];
  /** How many steps lie within it, if it is folded. */
  inside?: number;
}

export interface Branch {
  edge: Edge;
  sequence: Sequence;
}

/** The graph as somebody reads it: from the top, with ways side by side that meet again. Each step stands in it once. */
export function outline(definition: Definition): Sequence[] {
  const seen = new Set<string>();
  const sequences: Sequence[] = [];
  // Triggers that lead to the same step share what follows.
  const starts = new Map<string, Place>();
  for (const { id, start } of definition.triggers) {
    starts.set(start, [...(starts.get(start) ?? []), { from: `trigger:${id}`, slot: 'start' }]);
  }
  for (const [start, place] of starts) sequences.push(sequence(definition, place, start, new Set(), seen));
  const goal = definition.goal?.next;
  if (goal && !seen.has(goal)) sequences.push(sequence(definition, [{ from: 'goal', slot: 'next' }], goal, new Set(), seen));
  // What only jumps lead to.
  for (const { id } of definition.steps) {
    if (seen.has(id)) continue;
    const place = waysOf(definition).filter(({ to }) => to === id).map(({ from, slot }) => ({ from, slot }));
    sequences.push(sequence(definition, place, id, new Set(), seen));
  }
  return sequences;
}

function sequence(definition: Definition, from: Place, start: string | undefined, stops: ReadonlySet<string>, seen: Set<string>): Sequence {
  const items: Item[] = [];
  let place = from;
  let at = start;
  for (;;) {
    if (at !== undefined && stops.has(at)) return { items, place, end: { kind: 'joins', to: at } };
    const step = stepOf(definition, at);
    if (!step) return { items, place, end: { kind: 'nowhere' } };
    if (seen.has(step.id)) return { items, place, end: { kind: 'goes_on', to: step.id } };
    seen.add(step.id);
    const ways = edgesOf(step);
    if (step.kind === 'end') return { items: [...items, { step, place, branches: [] }], place, end: { kind: 'over' } };
    if (step.kind === 'jump') return { items: [...items, { step, place, branches: [] }], place, end: { kind: 'goes_on', to: ways[0]?.to } };
    if (ways.length === 1 && hasNext(step)) {
      items.push({ step, place, branches: [] });
      place = [{ from: step.id, slot: 'next' }];
      at = step.next;
      continue;
    }
    const meets = join(definition, ways);
    const inner = meets === undefined ? stops : new Set([...stops, meets]);
    const branches = ways.map((edge) => ({ edge, sequence: sequence(definition, [{ from: edge.from, slot: edge.slot }], edge.to, inner, seen) }));
    items.push({ step, place, branches });
    if (meets === undefined) return { items, place: [], end: { kind: 'over' } };
    const inside = new Set([step.id, ...branches.flatMap(({ sequence: { items: all } }) => all.flatMap(idsIn))]);
    place = definition.steps
      .filter(({ id }) => inside.has(id))
      .flatMap(edgesOf)
      .filter(({ to }) => to === meets)
      .map(({ from: id, slot }) => ({ from: id, slot }));
    at = meets;
  }
}

/** The steps of an item and of all that lies within it. */
export function idsIn(item: Item): string[] {
  return [item.step.id, ...item.branches.flatMap(({ sequence: { items } }) => items.flatMap(idsIn))];
}

/** The first step to which all of these ways come; none if they end apart. */
function join(definition: Definition, ways: Edge[]): string | undefined {
  const [first, ...others] = ways.map(({ to }) => ahead(definition, to));
  return first?.find((id) => others.every((list) => list.includes(id)));
}

/** The steps to which a way leads, nearest first. */
function ahead(definition: Definition, from: string | undefined): string[] {
  const found: string[] = [];
  const open = [from];
  for (let at = open.shift(); at !== undefined || open.length > 0; at = open.shift()) {
    const step = stepOf(definition, at);
    if (!step || found.includes(step.id)) continue;
    found.push(step.id);
    // A jump is told, not followed: it mostly leads back.
    if (step.kind !== 'jump') open.push(...edgesOf(step).map(({ to }) => to));
  }
  return found;
}

/** An item with what stands beside it in its sequence. */
export interface Standing {
  item: Item;
  before?: Item;
  after?: Item;
  /** Behind it, and behind what follows it. */
  behind: Place;
  beyond: Place;
}

export function itemsOf(sequences: readonly Sequence[]): Standing[] {
  return sequences.flatMap(({ items, place }) =>
    items.flatMap((item, at) => [
      { item, before: items[at - 1], after: items[at + 1], behind: items[at + 1]?.place ?? place, beyond: items[at + 2]?.place ?? place },
      ...itemsOf(item.branches.map((branch) => branch.sequence)),
    ]),
  );
}

/** The same without what lies within the steps that are folded. */
export function folded(sequences: readonly Sequence[], ids: ReadonlySet<string>): Sequence[] {
  const fold = (sequence: Sequence): Sequence => ({
    ...sequence,
    items: sequence.items.map((item) => ({
      ...item,
      branches: ids.has(item.step.id) ? [] : item.branches.map((branch) => ({ ...branch, sequence: fold(branch.sequence) })),
      ...(ids.has(item.step.id) && item.branches.length > 0 ? { inside: idsIn(item).length - 1 } : {}),
    })),
  });
  return ids.size === 0 ? [...sequences] : sequences.map(fold);
}
