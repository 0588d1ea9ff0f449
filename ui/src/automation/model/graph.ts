import { blank } from './catalog';
import type { Condition, Definition, Edge, Pattern, Place, Step, Way, With } from './types';

export interface Case {
  id: string;
  if: Condition;
  next: string;
}

export interface Arm {
  id: string;
  weight: number;
  next: string;
}

export interface Path {
  id: string;
  on?: Pattern;
  when?: Condition;
  next: string;
}

/** The parts of a step that lead somewhere: cases, arms or paths. */
const LISTS: Record<string, { key: string; label: string }> = {
  first_match: { key: 'cases', label: 'case' },
  random_split: { key: 'arms', label: 'arm' },
  wait_for_any: { key: 'paths', label: 'path' },
};

/** Kinds after which nothing comes. */
const WITHOUT_NEXT = new Set(['jump', 'end', 'if_else', 'random_split']);

export function hasNext(step: Step): boolean {
  return !WITHOUT_NEXT.has(step.kind);
}

export function partsOf<T extends { id: string; next: string }>(step: Step): T[] {
  const list = LISTS[step.kind];
  return list ? ((step.with?.[list.key] as T[] | undefined) ?? []) : [];
}

/** Every way out of a step, in the order in which they are shown. */
export function edgesOf(step: Step): Edge[] {
  const from = step.id;
  const edges: Edge[] = [];
  const text = (key: string) => step.with?.[key] as string | undefined;
  if (step.kind === 'jump') edges.push({ from, slot: 'with.to', to: text('to'), label: 'jump' });
  if (step.kind === 'if_else') {
    edges.push({ from, slot: 'with.then', to: text('then'), label: 'then' }, { from, slot: 'with.else', to: text('else'), label: 'else' });
  }
  const list = LISTS[step.kind];
  if (list) {
    for (const [part, { next }] of partsOf(step).entries()) {
      edges.push({ from, slot: `with.${list.key}[${part}].next`, to: next, label: list.label, part });
    }
  }
  if (step.kind === 'wait_until_field') {
    for (const slot of ['if_missing', 'if_past']) if (text(slot)) edges.push({ from, slot: `with.${slot}`, to: text(slot), label: slot });
  }
  if (hasNext(step)) edges.push({ from, slot: 'next', to: step.next, label: 'next' });
  if (step.on_failure) edges.push({ from, slot: 'on_failure', to: step.on_failure, label: 'on_failure' });
  return edges;
}

const TRIGGER = 'trigger:';

export function startOf(trigger: { id: string }): Way {
  return { from: TRIGGER + trigger.id, slot: 'start' };
}

/** Every way that there is. */
export function waysOf({ triggers, steps, goal }: Definition): Edge[] {
  const ways: Edge[] = triggers.map((trigger) => ({ ...startOf(trigger), to: trigger.start, label: 'start' }));
  if (goal?.next) ways.push({ from: 'goal', slot: 'next', to: goal.next, label: 'goal' });
  return [...ways, ...steps.flatMap(edgesOf)];
}

export function stepOf(definition: Definition, id: string | undefined): Step | undefined {
  return definition.steps.find((step) => step.id === id);
}

export function targetOf(definition: Definition, way: Way): string | undefined {
  return waysOf(definition).find(({ from, slot }) => from === way.from && slot === way.slot)?.to;
}

/** Lets a way lead elsewhere. */
export function connect(definition: Definition, way: Way, to: string): Definition {
  if (way.from === 'goal') return { ...definition, goal: { ...definition.goal, next: to } };
  if (way.from.startsWith(TRIGGER)) {
    const id = way.from.slice(TRIGGER.length);
    return { ...definition, triggers: definition.triggers.map((trigger) => (trigger.id === id ? { ...trigger, start: to } : trigger)) };
  }
  return change(definition, way.from, (step) => lead(step, way.slot, to));
}

function lead(step: Step, slot: string, to: string): Step {
  if (slot === 'next' || slot === 'on_failure') return { ...step, [slot]: to };
  const within = /^with\.(\w+)\[(\d+)\]\.next$/.exec(slot);
  if (within) {
    const [, key = '', at] = within;
    const parts = (step.with?.[key] as { next: string }[] | undefined) ?? [];
    return { ...step, with: { ...step.with, [key]: parts.map((part, index) => (index === Number(at) ? { ...part, next: to } : part)) } };
  }
  return { ...step, with: { ...step.with, [slot.slice('with.'.length)]: to } };
}

export function change(definition: Definition, id: string, by: (step: Step) => Step): Definition {
  return { ...definition, steps: definition.steps.map((step) => (step.id === id ? by(step) : step)) };
}

export function setWith(definition: Definition, id: string, changed: With): Definition {
  return change(definition, id, (step) => ({ ...step, with: changed }));
}

/** As long as the server lets an id be. */
const MAX_ID = 40;
const DIGITS = '0123456789';
const LETTERS = `${DIGITS}abcdefghijklmnopqrstuvwxyz`;
/** What ends an id that was made here. */
const MADE = /-\d[a-z0-9]*$/;

/**
 * An id that nothing has, nor ever had: whoever stands at a removed step of an earlier version must not find themselves at
 * a new one of the same id. So its end is left to chance.
 */
export function freeId(taken: readonly { id: string }[], base: string): string {
  for (;;) {
    const chance = crypto.getRandomValues(new Uint8Array(5));
    const end = [...chance].map((byte, at) => (at === 0 ? DIGITS[byte % DIGITS.length] : LETTERS[byte % LETTERS.length])).join('');
    const id = `${base.replace(MADE, '').slice(0, MAX_ID - 1 - end.length)}-${end}`;
    if (!taken.some((one) => one.id === id)) return id;
  }
}

/** What an arm is called: by its place, unless somebody gave it a name. */
export function armName(arms: readonly Arm[], at: number): string {
  const id = arms[at]?.id ?? '';
  return id.length === 1 || /^arm-\d/.test(id) ? String.fromCodePoint(65 + at) : id.toUpperCase();
}

/** Steps to which a way leads, from a trigger, from the goal or from other steps to begin with. */
export function reached(definition: Definition, others: readonly string[] = []): Set<string> {
  const out = new Map<string, (string | undefined)[]>();
  for (const { from, to } of waysOf(definition)) out.set(from, [...(out.get(from) ?? []), to]);
  const seen = new Set<string>();
  const open: (string | undefined)[] = [...others, ...[...out].flatMap(([from, targets]) => (from === 'goal' || from.startsWith(TRIGGER) ? targets : []))];
  for (let id = open.pop(); open.length > 0 || id !== undefined; id = open.pop()) {
    if (id === undefined || seen.has(id)) continue;
    seen.add(id);
    open.push(...(out.get(id) ?? []));
  }
  return seen;
}

/** A change without the steps to which nothing leads any more. What nothing led to before it stays, with all that follows it. */
export function tidied(before: Definition, after: Definition): { definition: Definition; gone: Step[] } {
  const led = reached(before);
  const stays = reached(after, after.steps.filter(({ id }) => !led.has(id)).map(({ id }) => id));
  const gone = after.steps.filter(({ id }) => !stays.has(id));
  return { definition: gone.length === 0 ? after : { ...after, steps: after.steps.filter((step) => !gone.includes(step)) }, gone };
}

/** Puts a new step where the ways of a place lead; it leads on from there. */
export function insert(definition: Definition, place: Place, kind: string): { definition: Definition; id: string; gone: Step[] } {
  const id = freeId(definition.steps, kind.replaceAll('.', '_'));
  const after = place[0] && targetOf(definition, place[0]);
  let now = definition;
  let next = after;
  if (next === undefined || !stepOf(now, next)) {
    next = freeId([...now.steps, { id }], 'end');
    if (!WITHOUT_NEXT.has(kind) || kind === 'if_else' || kind === 'random_split') now = { ...now, steps: [...now.steps, { id: next, kind: 'end' }] };
  }
  now = { ...now, steps: [...now.steps, blank(kind, id, next)] };
  for (const way of place) now = connect(now, way, id);
  const { definition: tidy, gone } = tidied(definition, now);
  return { definition: tidy, id, gone };
}

/** The way that those take who are moved on from a step. */
export function onward(step: Step): string | undefined {
  if (step.next) return step.next;
  if (step.kind === 'if_else') return step.with?.else as string | undefined;
  return edgesOf(step).find(({ to }) => to !== undefined)?.to;
}

/** Whether a step can be taken out: what led to it must lead somewhere. */
export function mayRemove(definition: Definition, id: string): boolean {
  const step = stepOf(definition, id);
  const to = step && onward(step);
  return to !== undefined && to !== id;
}

/** Takes a step out. What led to it leads to what follows; ways of it that nothing else leads to go too. */
export function remove(definition: Definition, id: string): Definition {
  const step = stepOf(definition, id);
  const to = step && onward(step);
  if (to === undefined || to === id) return definition;
  let now = definition;
  for (const way of waysOf(definition)) if (way.to === id && way.from !== id) now = connect(now, way, to);
  return tidied(definition, { ...now, steps: now.steps.filter((one) => one.id !== id) }).definition;
}
