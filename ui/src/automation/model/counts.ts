import type { AutomationStepStatistics } from '~/api/schema';
import { edgesOf, partsOf, stepOf } from './graph';
import type { Definition, Edge, Place, Step } from './types';

type Counted = Pick<AutomationStepStatistics, 'step' | 'ways' | 'skipped' | 'failed'>;

/** Kinds that are passed over when they fail. */
const PASSED_OVER = new Set(['send_email', 'notify_team']);

/** What the server calls those who went along an edge. `skipped` and `failed` are ways too: the step was left out, or failed. */
function waysAlong(step: Step, { label, part = 0 }: Edge): string[] {
  if (label === 'case' || label === 'arm' || label === 'path') return [partsOf(step)[part]?.id ?? ''];
  if (label === 'on_failure') return ['on_failure', 'failed'];
  if (label !== 'next') return [label];
  // Those who waited for too long go on here, and those for whom the step was left out, passed over or failed.
  return ['next', 'timeout', 'skipped', ...(step.on_failure === undefined && PASSED_OVER.has(step.kind) ? ['failed'] : [])];
}

/** How often an edge was gone along. */
function along(step: Step, edge: Edge, { ways, skipped, failed }: Counted): number {
  // What has a way of its own is not counted as failed again.
  if (edge.label === 'on_failure') return ways.on_failure ?? failed;
  const also: Record<string, number> = edge.label === 'next' ? { skipped, failed } : {};
  return waysAlong(step, edge).reduce((sum, way) => sum + (ways[way] ?? 0) + (also[way] ?? 0), 0);
}

/** A place with the edges that lead there, as far as they come from steps. */
function edgesTo(definition: Definition, place: Place): { step: Step; edge: Edge }[] {
  return place.flatMap(({ from, slot }) => {
    const step = stepOf(definition, from);
    const edge = step && edgesOf(step).find((one) => one.slot === slot);
    return step && edge ? [{ step, edge }] : [];
  });
}

export interface Went {
  count: number;
  /** Who they are, as the server is asked for them; nothing for everybody who came in. */
  by: string | undefined;
}

/** How often the ways of a place were gone along, all together, and by whom; nothing where that was not counted. */
export function wentBy(definition: Definition, statistics: { entered: number; steps: readonly Counted[] } | undefined): (place: Place) => Went | undefined {
  if (!statistics) return () => undefined;
  const counted = new Map(statistics.steps.map((one) => [one.step, one]));
  return (place) => {
    const triggers = place.filter(({ from }) => from.startsWith('trigger:'));
    // By which trigger they came is not counted.
    if (place.length === 0 || (triggers.length > 0 && triggers.length < definition.triggers.length) || place.some(({ from }) => from === 'goal')) return undefined;
    const edges = edgesTo(definition, place);
    const count = edges.reduce(
      (sum, { step, edge }) => {
        const of = counted.get(step.id);
        return of ? sum + along(step, edge, of) : sum;
      },
      triggers.length > 0 ? statistics.entered : 0,
    );
    // Whoever came in came by a trigger, whatever other ways lead there too.
    return { count, by: triggers.length > 0 ? undefined : edges.flatMap(({ step, edge }) => waysAlong(step, edge).map((way) => `${step.id}:${way}`)).join() };
  };
}

/** The step and the way of it that people were asked for by; without a way where they are of all ways or of several steps. */
export function cameBy(definition: Definition, by: string): { step: Step; edge: Edge | undefined }[] {
  const ids = new Set(by.split(',').map((one) => one.split(':')[0]));
  const steps = definition.steps.filter(({ id }) => ids.has(id));
  return steps.map((step) => {
    const edges = edgesOf(step);
    const edge = edges.length > 1 ? edges.find((one) => waysAlong(step, one).every((way) => by.split(',').includes(`${step.id}:${way}`))) : undefined;
    return { step, edge };
  });
}
