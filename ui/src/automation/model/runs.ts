import type { AutomationRunAction, AutomationRunStatus } from '~/api/schema';

/** What can be done with a run, by where it is. What is being sent comes back by itself: it cannot be halted, only be taken out. */
export const RUN_ACTIONS: Record<AutomationRunStatus, readonly AutomationRunAction[]> = {
  waiting: ['skip', 'move', 'pause', 'exit'],
  sending: ['move', 'exit'],
  failed: ['retry', 'skip', 'move', 'pause', 'exit'],
  paused: ['resume', 'skip', 'move', 'exit'],
  finished: [],
};

/** What can be done with some of several runs, in the same order everywhere. */
export function actionsFor(statuses: Iterable<AutomationRunStatus>): AutomationRunAction[] {
  const can = new Set([...statuses].flatMap((status) => RUN_ACTIONS[status]));
  return (['retry', 'resume', 'skip', 'pause', 'move', 'exit'] as const).filter((action) => can.has(action));
}
