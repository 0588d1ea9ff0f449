import { useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon } from '~/components';
import { IconMinus, IconPlus } from '~/icons';
import { edgesOf, stepOf } from '../model/graph';
import { CARD_HEIGHT, CARD_WIDTH, draw, type Point } from '../model/layout';
import type { Definition, Step } from '../model/types';
import type { Words } from '../words';
import type { StepActions } from './actions';
import { AddMenu } from './AddMenu';
import classes from './Automation.module.css';
import { StepCard } from './Outline';
import { StepMenu } from './StepMenu';

interface Props {
  definition: Definition;
  words: Words;
  selected?: string;
  onSelect?: (id: string) => void;
  actions?: StepActions;
  faults?: ReadonlyMap<string, string[]>;
  aside?: (step: Step) => ReactNode;
}

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1];
const EDGE = 24;

/** The same as the outline, drawn: the steps are laid out by themselves. It scrolls like a page. */
export function Canvas({ definition, words, selected, onSelect, actions, faults, aside }: Props) {
  const { t } = useTranslation();
  const drawn = useMemo(() => draw(definition), [definition]);
  const [zoom, setZoom] = useState(ZOOMS.length - 1);
  const box = useRef<HTMLDivElement>(null);
  const scale = ZOOMS[zoom]!;
  const width = drawn.width + 2 * EDGE + 40;
  const height = drawn.height + 2 * EDGE;
  // The beginning is in the middle; as much of it as fits is shown first.
  useLayoutEffect(() => {
    const parent = box.current?.parentElement;
    if (!parent) return;
    const fits = ZOOMS.findLastIndex((one) => width * one <= parent.clientWidth - 32);
    setZoom(Math.max(1, fits));
    parent.scrollLeft = Math.max(0, (parent.scrollWidth - parent.clientWidth) / 2);
    // Only once: whoever builds zooms as they like.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, []);
  return (
    <>
      <div ref={box} className={classes.canvas} style={{ width: width * scale, height: height * scale }}>
        <div style={{ position: 'absolute', width, height, transform: `scale(${scale})`, transformOrigin: '0 0' }}>
          <div style={{ position: 'absolute', left: EDGE, top: EDGE }}>
            <svg className={classes.lines} width={drawn.width} height={drawn.height} aria-hidden>
              {drawn.lines.map(({ from, to }) => (
                <path key={`${from.x} ${from.y} ${to.x} ${to.y}`} className={classes.line} d={curve(from, to)} />
              ))}
            </svg>
            {drawn.labels.map(({ edge, x, y }) => {
              const step = stepOf(definition, edge.from);
              return (
                <div key={`${edge.from} ${edge.slot}`} className={classes.label} style={{ left: x, top: y }}>
                  {step && words.edge(edge, step)}
                </div>
              );
            })}
            {drawn.cards.map(({ item: { step }, x, y }) => (
              <div key={step.id} className={classes.node} style={{ left: x, top: y, width: CARD_WIDTH, height: CARD_HEIGHT }}>
                <StepCard step={step} words={words} selected={selected === step.id} faults={faults?.get(step.id)} onSelect={onSelect}>
                  {aside?.(step)}
                </StepCard>
                {actions && (
                  <div style={{ position: 'absolute', insetInlineStart: '100%', top: 24 }}>
                    <StepMenu step={step} name={words.title(step)} actions={actions} />
                  </div>
                )}
              </div>
            ))}
            {actions &&
              drawn.places.map(({ place, x, y }) => {
                const [way] = place;
                const from = stepOf(definition, way?.from);
                const edges = from ? edgesOf(from) : [];
                const edge = edges.length > 1 && place.length === 1 ? edges.find(({ slot }) => slot === way?.slot) : undefined;
                const where = from && edge ? t('automation.on_way', { way: words.edge(edge, from) }) : from ? t('automation.after', { step: words.title(from) }) : t('automation.here');
                return (
                  <div key={`${place[0]?.from} ${place[0]?.slot} ${y}`} className={classes.at} style={{ left: x, top: y }}>
                    <AddMenu where={where} onAdd={(kind) => actions.add(place, kind)} />
                  </div>
                );
              })}
            {drawn.references.map(({ to, x, y }) => {
              const step = stepOf(definition, to);
              return (
                <div key={`${to} ${x} ${y}`} className={classes.label} style={{ left: x, top: y }}>
                  {t('automation.goes_on', { step: step ? words.title(step) : to })}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <div className={classes.zoom}>
        <ActionIcon variant="default" size="lg" aria-label={t('automation.zoom_out')} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
          <IconMinus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label={t('automation.zoom_in')} disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
          <IconPlus size={16} />
        </ActionIcon>
      </div>
    </>
  );
}

/** Straight down, or across and down with soft corners. */
function curve(from: Point, to: Point): string {
  if (Math.abs(from.x - to.x) < 1) return `M${from.x},${from.y}V${to.y}`;
  const middle = (from.y + to.y) / 2;
  return `M${from.x},${from.y}C${from.x},${middle} ${to.x},${middle} ${to.x},${to.y}`;
}
