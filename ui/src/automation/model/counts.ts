import type { AutomationStepStatistics } from '~/api/schema';
import { edgesOf, partsOf, stepOf } from './graph';
import type { Definition, Edge, Place, Step } from './types';

type Counted = Pick<AutomationStepStatistics, 'step' | 'ways' | 'skipped' | 'failed'>;

/** Kinds that are passed over when they fail. */
const PASSED_OVER = new Set(['send_email', 'notify_team']);

/** How often an edge was gone along. */
function along(step: Step, { label, part = 0 }: Edge, { ways, skipped, failed }: Counted): number {
  if (label === 'case' || label === 'arm' || label === 'path') return ways[partsOf(step)[part]?.id ?? ''] ?? 0;
  if (label === 'on_failure') return ways.on_failure ?? failed;
  // Those who waited for too long go on here, and those for whom the step was left out, passed over or failed.
  if (label === 'next') return (ways.next ?? 0) + (ways.timeout ?? 0) + (ways.skipped ?? 0) + skipped + (step.on_failure === undefined && PASSED_OVER.has(step.kind) ? failed : 0);
  return ways[label] ?? 0;
}

/** How often the ways of a place were gone along, all together; nothing where that was not counted. */
export function wentBy(definition: Definition, statistics: { entered: number; steps: readonly Counted[] } | undefined): (place: Place) => number | undefined {
  if (!statistics) return () => undefined;
  const counted = new Map(statistics.steps.map((one) => [one.step, one]));
  return (place) => {
    const triggers = place.filter(({ from }) => from.startsWith('trigger:'));
    // By which trigger they came is not counted.
    if (place.length === 0 || (triggers.length > 0 && triggers.length < definition.triggers.length) || place.some(({ from }) => from === 'goal')) return undefined;
    return place.reduce((sum, way) => {
      const step = stepOf(definition, way.from);
      const of = counted.get(way.from);
      const edge = step && edgesOf(step).find(({ slot }) => slot === way.slot);
      return step && of && edge ? sum + along(step, edge, of) : sum;
    }, triggers.length > 0 ? statistics.entered : 0);
  };
}

export type Went = ReturnType<typeof wentBy>;
