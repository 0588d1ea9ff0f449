import type { Editor } from '@tiptap/core';
import i18next from 'i18next';
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Picture } from '~/api/files';
import type { BlockSettings, Rule } from '~/api/schema';
import { isKnown, newBlock, type BlockType, type Words } from './model/catalog';
import { begin, record, redo, undo, type History } from './model/history';
import { duplicate, find, insert, mayStand, move, newId, placeBelow, remove, setColumnVisibility, setProps, setRatios, step, update, walk } from './model/tree';
import type { Block, BlockDocument, Place } from './model/types';

/** All that is written in the editor, and that undo takes back. */
export interface Draft {
  subject: string;
  preheader: string;
  document: BlockDocument;
  /** The plain text where it is not derived; else empty. */
  text: string;
  /** Of a template: the names that programs give values to when they send it. Other mails have none. */
  variables?: readonly string[];
}

export interface EditorState {
  history: History<Draft>;
  /** The block that the inspector shows; none means the mail itself. */
  selected: string | null;
  /** The text that is written in place, and where it was clicked. */
  writing: { block: string; field: string; x?: number; y?: number } | null;
  textEditor: Editor | null;
  /** Where what is dragged would be put. */
  dropping: Place | null;
  dragging: boolean;
  /** What screen readers are told. */
  said: string;
}

export type EditorStore = StoreApi<EditorState> & { actions: Actions };

export function createEditor(draft: Draft): EditorStore {
  const store = createStore<EditorState>(() => ({
    history: begin(draft),
    selected: null,
    writing: null,
    textEditor: null,
    dropping: null,
    dragging: false,
    said: '',
  }));
  return Object.assign(store, { actions: new Actions(store) });
}

export class Actions {
  constructor(private readonly store: StoreApi<EditorState>) {}

  get draft(): Draft {
    return this.store.getState().history.present;
  }

  get document(): BlockDocument {
    return this.draft.document;
  }

  change(change: Partial<Draft>, kind: string | null = null): void {
    this.store.setState(({ history }) => ({ history: record(history, { ...history.present, ...change }, Date.now(), kind) }));
  }

  private put(document: BlockDocument, kind: string | null = null): boolean {
    if (document === this.document) return false;
    this.change({ document }, kind);
    return true;
  }

  select(id: string | null): void {
    const { selected, writing } = this.store.getState();
    if (selected === id) return;
    this.store.setState({ selected: id, writing: writing && writing.block === id ? writing : null });
  }

  write(block: string, field: string, at?: { x: number; y: number }): void {
    this.store.setState({ selected: block, writing: { block, field, ...at } });
  }

  stopWriting(): void {
    this.store.setState({ writing: null, textEditor: null });
  }

  add(type: BlockType, place?: Place): void {
    this.addBlock(newBlock(type, newWords()), place);
  }

  addBlock(block: Block, place?: Place): void {
    const { selected } = this.store.getState();
    const at = place ?? placeBelow(this.document, selected, block);
    if (!this.put(insert(this.document, block, at))) return;
    this.chosen(block.id);
    this.say(i18next.t('editor.added', { block: this.name(block.id) }));
  }

  /** A picture of the account as a block of its own. */
  addPicture({ url, alt }: Pick<Picture, 'url' | 'alt'>, place: Place): void {
    const block = newBlock('image', newWords());
    block.props = { ...block.props, src: url, alt: alt ?? '' };
    // While it was uploaded, the place may have gone.
    this.addBlock(block, this.takes(block, place.list) ? place : undefined);
  }

  /** The picture of a block that has none yet. */
  setPicture(id: string, { url, alt }: Pick<Picture, 'url' | 'alt'>): void {
    this.setProps(id, { src: url, ...(alt ? { alt } : {}) });
    this.chosen(id);
  }

  moveTo(id: string, place: Place): void {
    if (!this.put(move(this.document, id, place))) return;
    this.chosen(id);
    this.say(i18next.t('editor.moved', this.where(id)));
  }

  step(id: string, direction: 'up' | 'down'): void {
    if (!this.put(step(this.document, id, direction))) {
      this.say(i18next.t(direction === 'up' ? 'editor.first' : 'editor.last', { block: this.name(id) }));
      return;
    }
    this.chosen(id);
    this.say(i18next.t('editor.moved', this.where(id)));
  }

  duplicate(id: string): void {
    const copied = duplicate(this.document, id, newId);
    if (!copied.id || !this.put(copied.document)) return;
    this.chosen(copied.id);
    this.say(i18next.t('editor.duplicated', { block: this.name(copied.id) }));
  }

  remove(id: string): void {
    const block = this.name(id);
    const order = walk(this.document).filter(({ ancestors }) => !ancestors.some((one) => one.id === id));
    const at = order.findIndex((one) => one.block.id === id);
    const next = order[at + 1] ?? order[at - 1];
    if (!this.put(remove(this.document, id))) return;
    this.chosen(next?.block.id ?? null);
    this.say(i18next.t('editor.removed', { block }));
  }

  setProps(id: string, props: Record<string, unknown>, kind: string = `props ${id} ${Object.keys(props).join(' ')}`): void {
    this.put(setProps(this.document, id, props), kind);
  }

  setVisibility(id: string, visibility: Rule | null): void {
    const next = update(this.document, id, (block) => {
      if (visibility) return { ...block, visibility };
      const { visibility: _, ...rest } = block;
      return rest;
    });
    this.put(next, `visibility ${id}`);
  }

  setColumnVisibility(id: string, column: string, visibility: Rule | null): void {
    this.put(setColumnVisibility(this.document, id, column, visibility), `visibility ${column}`);
  }

  setRatios(id: string, ratios: number[]): void {
    this.put(setRatios(this.document, id, ratios, newId));
  }

  setSettings(settings: BlockSettings): void {
    this.put({ ...this.document, settings: { ...this.document.settings, ...settings } }, `settings ${Object.keys(settings).join(' ')}`);
  }

  /** Whether something that is dragged may be dropped there. */
  takes(block: Block, list: string | null): boolean {
    return mayStand(this.document, block, list);
  }

  undo(): void {
    this.goTo(undo(this.store.getState().history), 'editor.undone');
  }

  redo(): void {
    this.goTo(redo(this.store.getState().history), 'editor.redone');
  }

  private goTo(history: History<Draft>, told: 'editor.undone' | 'editor.redone'): void {
    if (history === this.store.getState().history) return;
    const { selected, writing } = this.store.getState();
    const there = find(history.present.document, selected) !== null;
    this.store.setState({ history, selected: there ? selected : null, writing: there ? writing : null });
    this.say(i18next.t(told));
  }

  say(text: string): void {
    // The same text twice is told twice.
    this.store.setState(({ said }) => ({ said: said === text ? `${text}\u00a0` : text }));
  }

  /** What a block is called, among people. */
  name(id: string): string {
    const type = find(this.document, id)?.block.type ?? '';
    return isKnown(type) ? i18next.t(`block.${type}`) : type;
  }

  private where(id: string): { block: string; place: number; count: number } {
    const all = walk(this.document);
    return { block: this.name(id), place: all.findIndex(({ block }) => block.id === id) + 1, count: all.length };
  }

  private chosen(id: string | null): void {
    this.store.setState({ selected: id, writing: null });
    if (id !== null) focusBlock(id);
  }
}

export function blockElement(id: string): HTMLElement | null {
  return document.getElementById(`block-${id}`);
}

/** After it is drawn. */
export function focusBlock(id: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const element = blockElement(id);
      element?.focus({ preventScroll: true });
      element?.scrollIntoView({ block: 'nearest' });
    }),
  );
}

export function newWords(): Words {
  const { t } = i18next;
  return {
    text: t('editor.new_text'),
    heading: t('editor.new_heading'),
    button: t('editor.new_button'),
    booking: t('editor.new_booking'),
    quote: t('editor.new_quote'),
    author: t('editor.new_author'),
    product: t('editor.new_product'),
    item: t('editor.new_item'),
    price: t('editor.new_price'),
    menu: [t('editor.new_menu_1'), t('editor.new_menu_2'), t('editor.new_menu_3')],
  };
}

export const EditorContext = createContext<EditorStore | null>(null);

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error('outside the editor');
  return store;
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(useEditorStore(), select);
}

export function useActions(): Actions {
  return useEditorStore().actions;
}
