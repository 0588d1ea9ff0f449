import { useId, useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconAlertTriangle } from '~/icons';
import { stepOf } from '../model/graph';
import { folded, outline, type Item, type Sequence } from '../model/outline';
import type { Definition, Place, Step } from '../model/types';
import type { Words } from '../words';
import { AddMenu } from './AddMenu';
import type { StepActions } from './actions';
import classes from './Automation.module.css';
import { Fold } from './Fold';
import { StepIcon } from './icons';
import { StepMenu } from './StepMenu';

interface Props {
  definition: Definition;
  words: Words;
  /** The step that the panel is about. */
  selected?: string;
  onSelect?: (id: string) => void;
  /** Left out where nothing is changed. */
  actions?: StepActions;
  /** What is wrong with each step. */
  faults?: ReadonlyMap<string, string[]>;
  /** Beside a step, such as how many people are there. */
  aside?: (step: Step) => ReactNode;
  /** How many went along the ways of a place, as a link to them. */
  went?: (place: Place) => ReactNode;
  folded: ReadonlySet<string>;
  onFold: (step: string) => void;
}

/** An automation as a list: each step in its place, ways beside each other indented below where they part. */
export function Outline(props: Props) {
  const { t } = useTranslation();
  const { definition, folded: hidden } = props;
  const sequences = useMemo(() => folded(outline(definition), hidden), [definition, hidden]);
  return (
    <div className={classes.outline} aria-label={t('automation.steps')} role="group">
      {sequences.map((sequence, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the parts of a graph have no names
        <Steps key={index} sequence={sequence} {...props} />
      ))}
    </div>
  );
}

/** `way` is what leads to them, where they are one of several ways. */
function Steps({ sequence, way, ...props }: Props & { sequence: Sequence; way?: string }) {
  const { t } = useTranslation();
  const { words, definition, actions } = props;
  const { items, place, end } = sequence;
  const after = items.at(-1)?.step;
  const open = end.kind !== 'over' && place.length > 0;
  return (
    <ol className={classes.steps}>
      {items.map((item) => (
        <li key={item.step.id}>
          {actions && <Add place={item.place} where={t('automation.before', { step: words.title(item.step) })} actions={actions} />}
          <Card item={item} {...props} />
          {item.branches.length > 0 && (
            <ul className={classes.branches}>
              {item.branches.map(({ edge, sequence: inner }) => (
                <Branch key={edge.slot} name={words.edge(edge, item.step)} by={props.went?.([edge])} sequence={inner} {...props} />
              ))}
            </ul>
          )}
        </li>
      ))}
      {(open || end.kind === 'goes_on') && (
        <li>
          {open && actions && <Add place={place} where={after ? t('automation.after', { step: words.title(after) }) : way ? t('automation.on_way', { way }) : t('automation.here')} actions={actions} />}
          {end.kind === 'goes_on' && (
            <p className={classes.reference}>{t('automation.goes_on', { step: titleOf(definition, end.to, words) })}</p>
          )}
          {end.kind === 'joins' && items.length === 0 && !actions && <p className={classes.reference}>{t('automation.nothing')}</p>}
        </li>
      )}
    </ol>
  );
}

function titleOf(definition: Definition, id: string | undefined, words: Words): string {
  const step = stepOf(definition, id);
  return step ? words.title(step) : (id ?? '?');
}

function Branch({ name, by, sequence, ...props }: Props & { name: string; by: ReactNode; sequence: Sequence }) {
  const id = useId();
  return (
    <li className={classes.branch} aria-labelledby={id}>
      <div className={classes.branchName}>
        <span id={id}>{name}</span>
        {by}
      </div>
      <Steps sequence={sequence} way={name} {...props} />
    </li>
  );
}

function Add({ place, where, actions }: { place: Place; where: string; actions: StepActions }) {
  return (
    <div className={classes.add}>
      <AddMenu where={where} onAdd={(kind) => actions.add(place, kind)} />
    </div>
  );
}

function Card({ item, words, selected, onSelect, actions, faults, aside, onFold }: Props & { item: Item }) {
  const { step } = item;
  const title = words.title(step);
  return (
    <div className={classes.row}>
      <StepCard step={step} words={words} selected={selected === step.id} faults={faults?.get(step.id)} onSelect={onSelect}>
        {aside?.(step)}
      </StepCard>
      <Fold item={item} name={title} onFold={onFold} />
      {actions && <StepMenu step={step} name={title} actions={actions} />}
    </div>
  );
}

interface CardProps {
  step: Step;
  words: Words;
  selected: boolean;
  faults?: string[];
  onSelect?: (id: string) => void;
  children?: ReactNode;
}

/** One step, in the list and on the canvas. */
export function StepCard({ step, words, selected, faults = [], onSelect, children }: CardProps) {
  const summary = words.step(step);
  const inside = (
    <>
      <span className={classes.icon} aria-hidden>
        <StepIcon kind={step.kind} />
      </span>
      <span className={classes.words}>
        <span className={classes.title}>{words.title(step)}</span>
        {summary && <span className={classes.summary}>{summary}</span>}
        {children}
      </span>
      <FaultMark faults={faults} />
    </>
  );
  if (!onSelect) {
    return (
      <div className={classes.card} data-kind={step.kind}>
        {inside}
      </div>
    );
  }
  return (
    <button
      type="button"
      className={classes.card}
      data-kind={step.kind}
      data-card={step.id}
      data-bad={faults.length > 0 || undefined}
      aria-pressed={selected}
      onClick={() => onSelect(step.id)}
    >
      {inside}
    </button>
  );
}

/** That something is missing here. */
export function FaultMark({ faults = [] }: { faults?: string[] }) {
  const { t } = useTranslation();
  if (faults.length === 0) return null;
  return (
    <span className={classes.fault} title={faults.join(' ')}>
      <IconAlertTriangle size={15} aria-hidden />
      <span className="visually-hidden">{t('automation.has_faults', { count: faults.length })}</span>
    </span>
  );
}
