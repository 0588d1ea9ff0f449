import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import { same, type Typed } from '~/components/typed';
import { begin, record, redo, undo, type History } from '~/editor/model/history';
import { tidied } from './model/graph';
import type { Definition, Step } from './model/types';

/** What the panel shows: a step, a trigger, or what is about the whole. */
export type Selected = { kind: 'step'; id: string } | { kind: 'trigger'; id: string } | { kind: 'settings' } | null;

/** A text of a step that is being written, and whether it says nothing yet that could be kept in the draft. */
export interface StepText extends Typed<unknown> {
  step: string;
  part: string;
  unread: boolean;
}

export interface EditorState {
  history: History<Definition>;
  selected: Selected;
  /** What screen readers are told. */
  said: string;
  texts: readonly StepText[];
  /** Steps of which what lies within is not shown. */
  folded: ReadonlySet<string>;
}

export type EditorStore = StoreApi<EditorState> & {
  /** Changes of the same kind that follow each other quickly are taken back together. */
  change: (definition: Definition, kind?: string) => void;
  /** The same, but steps to which nothing leads any more go too, and are told. That is taken back by itself. */
  settle: (definition: Definition, kind?: string) => Step[];
  select: (selected: Selected) => void;
  say: (words: string) => void;
  /** Keeps a text as it is written; without one, what the draft says is shown. */
  type: (text: StepText | { step: string; part: string; text: null }) => void;
  /** Folds what lies within a step, or unfolds it; without a step, everything is shown. */
  fold: (step?: string) => void;
  undo: () => void;
  redo: () => void;
};

export function createEditor(definition: Definition): EditorStore {
  const store = createStore<EditorState>(() => ({ history: begin(definition), selected: null, said: '', texts: [], folded: new Set() }));
  const still = (selected: Selected, { steps, triggers }: Definition): Selected => {
    if (!selected || selected.kind === 'settings') return selected;
    return (selected.kind === 'step' ? steps : triggers).some(({ id }) => id === selected.id) ? selected : null;
  };
  const go = (to: (history: History<Definition>) => History<Definition>) =>
    store.setState(({ history, selected }) => {
      const next = to(history);
      return { history: next, selected: still(selected, next.present) };
    });
  const change = (changed: Definition, kind?: string) => go((history) => record(history, changed, Date.now(), kind ?? null));
  return Object.assign(store, {
    change,
    settle: (changed: Definition, kind?: string) => {
      const { definition: tidy, gone } = tidied(store.getState().history.present, changed);
      change(tidy, gone.length > 0 ? undefined : kind);
      return gone;
    },
    select: (selected: Selected) => store.setState({ selected }),
    say: (said: string) => store.setState({ said }),
    type: (text: StepText | { step: string; part: string; text: null }) =>
      store.setState(({ texts }) => {
        const others = texts.filter(({ step, part }) => step !== text.step || part !== text.part);
        return { texts: text.text === null ? others : [...others, text] };
      }),
    fold: (step?: string) => store.setState(({ folded }) => ({ folded: step === undefined ? new Set() : toggled(folded, step) })),
    undo: () => go(undo),
    redo: () => go(redo),
  });
}

export function toggled<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  const changed = new Set(set);
  if (!changed.delete(one)) changed.add(one);
  return changed;
}

export const EditorContext = createContext<EditorStore | null>(null);

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error('outside the editor');
  return store;
}

export function useEditor<T>(part: (state: EditorState) => T): T {
  return useStore(useEditorStore(), part);
}

export function useDefinition(): Definition {
  return useEditor((state) => state.history.present);
}

/** The steps with a text that says nothing yet: what would be published is what was there before. */
export function unreadIn({ texts, definition }: { texts: readonly StepText[]; definition: Definition }): string[] {
  const stands = ({ unread, step, part, over }: StepText) => {
    const found = definition.steps.find(({ id }) => id === step);
    return unread && found !== undefined && same(over, found.with?.[part]);
  };
  return [...new Set(texts.filter(stands).map(({ step }) => step))];
}
