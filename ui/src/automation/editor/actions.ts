import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isPlain, freeId, insert, mayRemove, moveBefore, moveOnto, remove, stepOf } from '../model/graph';
import { neighbors, outline } from '../model/outline';
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
  mayMove: (step: Step, direction: 'up' | 'down') => boolean;
  mayDuplicate: (step: Step) => boolean;
  mayRemove: (step: Step) => boolean;
}

export function useStepActions(words: Words): StepActions {
  const { t } = useTranslation();
  const store = useEditorStore();
  return useMemo(() => {
    const now = () => store.getState().history.present;
    const beside = (step: Step) => neighbors(outline(now()), step.id);
    const mayMove = (step: Step, direction: 'up' | 'down') => {
      if (!isPlain(step)) return false;
      const { before, after, behind } = beside(step);
      if (direction === 'up') return before !== undefined;
      return after !== undefined && after.step.kind !== 'end' && after.step.kind !== 'jump' && (behind?.length ?? 0) > 0;
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
        const { definition, id } = insert(now(), [{ from: step.id, slot: 'next' }], step.kind, step);
        store.change(definition);
        store.select({ kind: 'step', id });
        store.say(t('automation.added', { step: words.title(step) }));
        focusCard(id);
      },
      remove: (step) => {
        const { before, after } = beside(step);
        const whole = now();
        store.change(remove(whole, step.id));
        store.select(null);
        const gone = whole.steps.filter(({ id }) => id !== step.id && !stepOf(now(), id));
        store.say([t('automation.removed', { step: words.title(step) }), goneWords(t, words, gone)].filter(Boolean).join('. '));
        const next = [after, before].find((item) => item && stepOf(now(), item.step.id));
        if (next) focusCard(next.step.id);
      },
      move: (step, direction) => {
        if (!mayMove(step, direction)) return;
        const { before, behind } = beside(step);
        store.change(direction === 'up' ? moveBefore(now(), step.id, before!.step.id) : moveOnto(now(), step.id, behind!));
        store.say(t('automation.moved', { step: words.title(step) }));
        focusCard(step.id);
      },
      mayMove,
      mayDuplicate: isPlain,
      mayRemove: (step) => step.kind !== 'end' && step.kind !== 'jump' && mayRemove(now(), step.id),
    };
  }, [store, t, words]);
}
