import { connect, edgesOf, freeId, hasNext, reached, stepOf, targetOf, waysOf } from './graph';
import { idsIn, itemsOf, outline } from './outline';
import type { Definition, Place, Step, Way } from './types';

/** A step with all that lies within it, which has one way in and leads on to one place: what can be moved and copied as a whole. */
export interface Region {
  first: string;
  ids: ReadonlySet<string>;
  /** The ways out of it, all of which lead to `to`. */
  exits: Place;
  to: string;
}

/** The region that begins at a step; none at an end, and where ways end apart. */
export function regionOf(definition: Definition, id: string): Region | undefined {
  const step = stepOf(definition, id);
  if (!step || step.kind === 'end' || step.kind === 'jump') return undefined;
  if (hasNext(step) && edgesOf(step).length === 1) {
    return step.next === undefined || step.next === id ? undefined : { first: id, ids: new Set([id]), exits: [{ from: id, slot: 'next' }], to: step.next };
  }
  const found = itemsOf(outline(definition)).find(({ item }) => item.step.id === id);
  const exits = found?.behind ?? [];
  const to = exits[0] && targetOf(definition, exits[0]);
  if (!found || to === undefined) return undefined;
  const ids = new Set(idsIn(found.item));
  return ids.has(to) ? undefined : { first: id, ids, exits, to };
}

const same = (one: Way, other: Way) => one.from === other.from && one.slot === other.slot;

/** Whether a region can be put there: not where it is, nor into itself. */
export function fits(definition: Definition, region: Region, place: Place): boolean {
  return moveTo(definition, region, place) !== definition;
}

/** Puts a region onto the ways of a place. What led to it leads on; where that cannot be, nothing changes. */
export function moveTo(definition: Definition, region: Region, place: Place): Definition {
  const { first, ids, exits, to } = region;
  const target = place[0] && targetOf(definition, place[0]);
  if (target === undefined || ids.has(target) || place.every(({ from }) => ids.has(from))) return definition;
  // Behind where its ways meet others: then it stays on the way to there, and the others come by it.
  const own = place.some((way) => exits.some((exit) => same(way, exit)));
  let now = definition;
  if (!own) for (const way of waysOf(definition)) if (way.to === first && !ids.has(way.from)) now = connect(now, way, to);
  for (const way of place) if (!ids.has(way.from)) now = connect(now, way, first);
  for (const way of exits) now = connect(now, way, target);
  const led = reached(definition);
  const leads = reached(now);
  // It must not stand on a way to which only it leads.
  return [...led].every((id) => leads.has(id)) ? now : definition;
}

/** Puts a copy of a region behind it. */
export function copyBehind(definition: Definition, region: Region): { definition: Definition; id: string } {
  const { first, ids, exits, to } = region;
  const made = new Map<string, string>();
  for (const id of ids) made.set(id, freeId([...definition.steps, ...[...made.values()].map((one) => ({ id: one }))], id));
  const id = made.get(first)!;
  const copies = definition.steps.filter((step) => ids.has(step.id)).map((step) => renamed(step, made));
  let now: Definition = { ...definition, steps: [...definition.steps, ...copies] };
  for (const step of copies) {
    for (const edge of edgesOf(step)) {
      const within = edge.to === undefined ? undefined : made.get(edge.to);
      if (within !== undefined) now = connect(now, edge, within);
    }
  }
  for (const way of exits) now = connect(connect(now, way, id), { from: made.get(way.from) ?? way.from, slot: way.slot }, to);
  return { definition: now, id };
}

/** A copy that asks for the mails of its own copies. */
function renamed(step: Step, made: ReadonlyMap<string, string>): Step {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { event, with: about } = value as { event?: unknown; with?: { step?: unknown } };
    const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
    const asked = typeof event === 'string' && typeof about?.step === 'string' ? made.get(about.step) : undefined;
    return asked === undefined ? copy : { ...copy, with: { ...(copy.with as object), step: asked } };
  };
  return { ...step, id: made.get(step.id)!, ...(step.with ? { with: walk(step.with) as Step['with'] } : {}) };
}

/** Moves a region past what stands before or behind it in its sequence. */
export function moved(definition: Definition, id: string, direction: 'up' | 'down'): Definition {
  const region = regionOf(definition, id);
  const { before, after, beyond } = itemsOf(outline(definition)).find(({ item }) => item.step.id === id) ?? {};
  if (!region) return definition;
  if (direction === 'up') return before ? moveTo(definition, region, before.place) : definition;
  if (!after || after.step.kind === 'end' || after.step.kind === 'jump') return definition;
  return moveTo(definition, region, beyond ?? []);
}

