import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import { begin, record, redo, undo, type History } from '~/editor/model/history';
import { tidied } from './model/graph';
import type { Definition, Step } from './model/types';

/** What the panel shows: a step, a trigger, or what is about the whole. */
export type Selected = { kind: 'step'; id: string } | { kind: 'trigger'; id: string } | { kind: 'settings' } | null;

export interface EditorState {
  history: History<Definition>;
  selected: Selected;
  /** What screen readers are told. */
  said: string;
}

export type EditorStore = StoreApi<EditorState> & {
  /** Changes of the same kind that follow each other quickly are taken back together. */
  change: (definition: Definition, kind?: string) => void;
  /** The same, but steps to which nothing leads any more go too, and are told. That is taken back by itself. */
  settle: (definition: Definition, kind?: string) => Step[];
  select: (selected: Selected) => void;
  say: (words: string) => void;
  undo: () => void;
  redo: () => void;
};

export function createEditor(definition: Definition): EditorStore {
  const store = createStore<EditorState>(() => ({ history: begin(definition), selected: null, said: '' }));
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
    undo: () => go(undo),
    redo: () => go(redo),
  });
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
