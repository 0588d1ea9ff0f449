import type { AutomationPlan } from '~/api/schema';

/** What a picker offers for those at a step that is no more. Steps are told apart from the rest: one may be called `next`. */
export const FATE_NEXT = 'next';
export const FATE_EXIT = 'exit';
const STEP = 'step:';

export function fateTo(step: string): string {
  return STEP + step;
}

/** What the plan says of deleted steps; going on at the next one goes without saying. */
export function deletedIn(fates: Record<string, string>): NonNullable<AutomationPlan['deleted']> | undefined {
  const deleted: NonNullable<AutomationPlan['deleted']> = {};
  for (const [step, fate] of Object.entries(fates)) {
    if (fate === FATE_EXIT) deleted[step] = { fate: 'exit' };
    if (fate.startsWith(STEP)) deleted[step] = { fate: 'jump_to', step: fate.slice(STEP.length) };
  }
  return Object.keys(deleted).length > 0 ? deleted : undefined;
}
