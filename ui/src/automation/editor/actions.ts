import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { freeId, insert, mayRemove, remove, stepOf } from '../model/graph';
import { itemsOf, outline } from '../model/outline';
import { copyBehind, moved, moveTo, regionOf } from '../model/region';
import type { Definition, Place, Step, Trigger } from '../model/types';
import { useEditorStore } from '../state';
import type { Words } from '../words';

/** Puts the focus on a card once it is drawn. */
export function focusCard(id: string): void {
  setTimeout(() => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`)?.focus(), 60);
}

/** Changes the automation, and says which steps went with it. */
export function useSettle(words: Words): (changed: Definition, kind?: string) => void {
  const { t } = useTranslation();
  const store = useEditorStore();
  return (changed, kind) => {
    const gone = store.settle(changed, kind);
    if (gone.length > 0) store.say(goneWords(t, words, gone));
  };
}

function goneWords(t: TFunction, words: Words, gone: readonly Step[]): string {
  return gone.length === 0 ? '' : t('automation.went_too', { count: gone.length, steps: gone.map(words.title).join(', ') });
}

export interface StepActions {
  add: (place: Place, kind: string) => void;
  addTrigger: () => void;
  removeTrigger: (id: string) => void;
  duplicate: (step: Step) => void;
  remove: (step: Step) => void;
  move: (step: Step, direction: 'up' | 'down') => void;
  /** Puts a step, with all that lies within it, where it was dragged to. */
  moveTo: (id: string, place: Place) => void;
  mayMove: (step: Step, direction: 'up' | 'down') => boolean;
  mayDuplicate: (step: Step) => boolean;
  mayRemove: (step: Step) => boolean;
}

export function useStepActions(words: Words): StepActions {
  const { t } = useTranslation();
  const store = useEditorStore();
  return useMemo(() => {
    const now = () => store.getState().history.present;
    const beside = (step: Step) => itemsOf(outline(now())).find(({ item }) => item.step.id === step.id);
    const mayMove = (step: Step, direction: 'up' | 'down') => moved(now(), step.id, direction) !== now();
    const put = (step: Step, definition: Definition) => {
      if (definition === now()) return;
      store.change(definition);
      store.say(t('automation.moved', { step: words.title(step) }));
      focusCard(step.id);
    };
    return {
      add: (place, kind) => {
        const { definition, id, gone } = insert(now(), place, kind);
        store.change(definition);
        store.select({ kind: 'step', id });
        store.say([t('automation.added', { step: words.kind(kind) }), goneWords(t, words, gone)].filter(Boolean).join('. '));
        focusCard(id);
      },
      addTrigger: () => {
        const { triggers } = now();
        const id = freeId(triggers, 'trigger');
        const start = triggers[0]?.start ?? now().steps[0]?.id ?? 'end';
        const made: Trigger = { id, on: { event: 'subscriber.created' }, start };
        store.change({ ...now(), triggers: [...triggers, made] });
        store.select({ kind: 'trigger', id });
        store.say(t('automation.added', { step: t('automation.trigger') }));
        focusCard(`trigger:${id}`);
      },
      removeTrigger: (id) => {
        store.change({ ...now(), triggers: now().triggers.filter((trigger) => trigger.id !== id) });
        store.say(t('automation.removed', { step: t('automation.trigger') }));
      },
      duplicate: (step) => {
        const region = regionOf(now(), step.id);
        if (!region) return;
        const { definition, id } = copyBehind(now(), region);
        store.change(definition);
        store.select({ kind: 'step', id });
        store.say(t('automation.added', { step: words.title(step) }));
        focusCard(id);
      },
      remove: (step) => {
        const { before, after } = beside(step) ?? {};
        const whole = now();
        store.change(remove(whole, step.id));
        store.select(null);
        const gone = whole.steps.filter(({ id }) => id !== step.id && !stepOf(now(), id));
        store.say([t('automation.removed', { step: words.title(step) }), goneWords(t, words, gone)].filter(Boolean).join('. '));
        const next = [after, before].find((item) => item && stepOf(now(), item.step.id));
        if (next) focusCard(next.step.id);
      },
      move: (step, direction) => put(step, moved(now(), step.id, direction)),
      moveTo: (id, place) => {
        const step = stepOf(now(), id);
        const region = regionOf(now(), id);
        if (step && region) put(step, moveTo(now(), region, place));
      },
      mayMove,
      mayDuplicate: (step) => regionOf(now(), step.id) !== undefined,
      mayRemove: (step) => step.kind !== 'end' && step.kind !== 'jump' && mayRemove(now(), step.id),
    };
  }, [store, t, words]);
}
