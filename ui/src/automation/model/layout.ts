import { folded, outline, type Item, type Sequence } from './outline';
import type { Definition, Edge, Place } from './types';

export const CARD_WIDTH = 240;
export const CARD_HEIGHT = 84;
/** Between a card and what is below it: room for the button that adds a step. */
export const GAP = 44;
/** Above the first card of a branch: what the way is called. */
export const LABEL = 30;
const ASIDE = 28;
const BETWEEN = 64;

export interface Point {
  x: number;
  y: number;
}

export interface Drawn {
  width: number;
  height: number;
  cards: { item: Item; x: number; y: number }[];
  /** What a branch is called, by the middle of its upper edge. */
  labels: { edge: Edge; x: number; y: number }[];
  /** Where a step can be added, by its middle. */
  places: { place: Place; x: number; y: number }[];
  /** That a way goes on elsewhere, by the middle of its upper edge. */
  references: { to: string; x: number; y: number }[];
  lines: { from: Point; to: Point }[];
}

/** How wide what is below an item is. */
function widthOf(item: Item): number {
  if (item.branches.length === 0) return CARD_WIDTH;
  const inside = item.branches.map(({ sequence }) => sequenceWidth(sequence));
  return Math.max(CARD_WIDTH, inside.reduce((sum, width) => sum + width, ASIDE * (inside.length - 1)));
}

function sequenceWidth({ items }: Sequence): number {
  return Math.max(CARD_WIDTH, ...items.map(widthOf));
}

const NOTHING: ReadonlySet<string> = new Set();

/** Where everything stands: ways in the order in which they were written, nothing over anything else. */
export function draw(definition: Definition, hidden: ReadonlySet<string> = NOTHING): Drawn {
  const drawn: Drawn = { width: 0, height: 0, cards: [], labels: [], places: [], references: [], lines: [] };
  let x = 0;
  for (const sequence of folded(outline(definition), hidden)) {
    const width = sequenceWidth(sequence);
    const { bottom } = place(drawn, sequence, x + width / 2, 0);
    drawn.height = Math.max(drawn.height, bottom);
    x += width + BETWEEN;
  }
  drawn.width = Math.max(0, x - BETWEEN);
  return drawn;
}

/** Draws a sequence around a middle, from a height on; says where it ends, and whether a way goes on below. */
function place(drawn: Drawn, { items, place: last, end }: Sequence, x: number, top: number): { bottom: number; open: boolean } {
  let y = top;
  for (const [index, item] of items.entries()) {
    const above = index === 0 ? top : y - GAP;
    if (item.place.length > 0) drawn.places.push({ place: item.place, x, y: above + GAP / 2 });
    if (index === 0) {
      drawn.lines.push({ from: { x, y: top }, to: { x, y: top + GAP } });
      y = top + GAP;
    }
    drawn.cards.push({ item, x: x - CARD_WIDTH / 2, y });
    y += CARD_HEIGHT;
    if (item.branches.length > 0) y = branches(drawn, item, x, y);
    if (index < items.length - 1) {
      drawn.lines.push({ from: { x, y }, to: { x, y: y + GAP } });
      y += GAP;
    }
  }
  if (end.kind === 'over') return { bottom: y, open: false };
  // Behind the last step of a way that goes on.
  drawn.lines.push({ from: { x, y }, to: { x, y: y + GAP } });
  if (last.length > 0) drawn.places.push({ place: last, x, y: y + GAP / 2 });
  y += GAP;
  if (end.kind === 'joins') return { bottom: y, open: true };
  if (end.to !== undefined) drawn.references.push({ to: end.to, x, y });
  return { bottom: y + LABEL, open: false };
}

/** Draws the ways of an item side by side; says where they have met again. */
function branches(drawn: Drawn, item: Item, x: number, top: number): number {
  const widths = item.branches.map(({ sequence }) => sequenceWidth(sequence));
  const total = widths.reduce((sum, width) => sum + width, ASIDE * (widths.length - 1));
  let left = x - total / 2;
  const ends: { x: number; bottom: number; open: boolean }[] = [];
  const below = top + GAP;
  for (const [index, { edge, sequence }] of item.branches.entries()) {
    const middle = left + widths[index]! / 2;
    drawn.lines.push({ from: { x, y: top }, to: { x: middle, y: below } });
    drawn.labels.push({ edge, x: middle, y: below });
    ends.push({ x: middle, ...place(drawn, sequence, middle, below + LABEL) });
    left += widths[index]! + ASIDE;
  }
  const bottom = Math.max(...ends.map((end) => end.bottom));
  const meet = bottom + GAP / 2;
  for (const end of ends) if (end.open) drawn.lines.push({ from: { x: end.x, y: end.bottom }, to: { x, y: meet } });
  return ends.some(({ open }) => open) ? meet : bottom;
}
