import { useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon } from '~/components';
import { IconGripVertical, IconMinus, IconPlus } from '~/icons';
import { edgesOf, stepOf } from '../model/graph';
import { CARD_HEIGHT, CARD_WIDTH, draw, type Point } from '../model/layout';
import { fits, regionOf } from '../model/region';
import type { Definition, Place, Step } from '../model/types';
import type { Words } from '../words';
import type { StepActions } from './actions';
import { AddMenu } from './AddMenu';
import classes from './Automation.module.css';
import { useDragStep, useDropStep } from './dnd';
import { Fold } from './Fold';
import { Minimap, scrollerOf } from './Minimap';
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
  went?: (place: Place) => ReactNode;
  folded: ReadonlySet<string>;
  onFold: (step: string) => void;
}

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1];
const EDGE = 24;

/** The same as the outline, drawn: the steps are laid out by themselves. It scrolls like a page. */
export function Canvas({ definition, words, selected, onSelect, actions, faults, aside, went, folded, onFold }: Props) {
  const { t } = useTranslation();
  const drawn = useMemo(() => draw(definition, folded), [definition, folded]);
  const [zoom, setZoom] = useState(ZOOMS.length - 1);
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  const [dragging, setDragging] = useState<string | null>(null);
  const takes = useMemo(() => {
    const region = dragging === null ? undefined : regionOf(definition, dragging);
    return new Set(region && drawn.places.filter(({ place }) => fits(definition, region, place)));
  }, [dragging, definition, drawn]);
  const scale = ZOOMS[zoom]!;
  const width = drawn.width + 2 * EDGE + 40;
  const height = drawn.height + 2 * EDGE;
  // The beginning is in the middle; as much of it as fits is shown first.
  useLayoutEffect(() => {
    const parent = scrollerOf(box);
    if (!parent) return;
    const fits = ZOOMS.findLastIndex((one) => width * one <= parent.clientWidth - 32);
    setZoom(Math.max(1, fits));
    parent.scrollLeft = Math.max(0, (parent.scrollWidth - parent.clientWidth) / 2);
    // Only once: whoever builds zooms as they like.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [box]);
  return (
    <div className={classes.stage}>
      <div ref={setBox} className={classes.canvas} style={{ width: width * scale, height: height * scale }}>
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
                  <span className={classes.way}>{step && words.edge(edge, step)}</span>
                  {went?.([edge])}
                </div>
              );
            })}
            {drawn.cards.map(({ item, x, y }) => (
              <Node key={item.step.id} step={item.step} name={words.title(item.step)} x={x} y={y} onDragging={actions?.mayDuplicate(item.step) ? setDragging : undefined}>
                <StepCard step={item.step} words={words} selected={selected === item.step.id} faults={faults?.get(item.step.id)} onSelect={onSelect}>
                  {aside?.(item.step)}
                </StepCard>
                <div className={classes.fold} data-folded={item.inside !== undefined || undefined}>
                  <Fold item={item} name={words.title(item.step)} onFold={onFold} />
                </div>
                {actions && (
                  <div style={{ position: 'absolute', insetInlineStart: '100%', top: 24 }}>
                    <StepMenu step={item.step} name={words.title(item.step)} actions={actions} />
                  </div>
                )}
              </Node>
            ))}
            {drawn.places.map((drop) => {
              const { place, x, y } = drop;
              const [way] = place;
              const key = `${way?.from} ${way?.slot} ${y}`;
              if (!actions) {
                // A way with a name says it there.
                const named = place.length === 1 && drawn.labels.some(({ edge }) => edge.from === way?.from && edge.slot === way.slot);
                const by = named ? null : went?.(place);
                return (
                  by && (
                    <div key={key} className={classes.at} style={{ left: x, top: y }}>
                      {by}
                    </div>
                  )
                );
              }
              const from = stepOf(definition, way?.from);
              const edges = from ? edgesOf(from) : [];
              const edge = edges.length > 1 && place.length === 1 ? edges.find(({ slot }) => slot === way?.slot) : undefined;
              const where = from && edge ? t('automation.on_way', { way: words.edge(edge, from) }) : from ? t('automation.after', { step: words.title(from) }) : t('automation.here');
              return (
                <Gap key={key} x={x} y={y} takes={takes.has(drop)} onDrop={(step) => actions.moveTo(step, place)}>
                  <AddMenu where={where} onAdd={(kind) => actions.add(place, kind)} />
                </Gap>
              );
            })}
            {drawn.references.map(({ to, x, y }) => {
              const step = stepOf(definition, to);
              return (
                <div key={`${to} ${x} ${y}`} className={classes.label} style={{ left: x, top: y }}>
                  <span className={classes.way}>{t('automation.goes_on', { step: step ? words.title(step) : to })}</span>
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <div className={classes.zoom}>
        <Minimap drawn={drawn} canvas={box} scale={scale} edge={EDGE} selected={selected} />
        <ActionIcon variant="default" size="lg" aria-label={t('automation.zoom_out')} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
          <IconMinus size={16} />
        </ActionIcon>
        <ActionIcon variant="default" size="lg" aria-label={t('automation.zoom_in')} disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
          <IconPlus size={16} />
        </ActionIcon>
      </div>
    </div>
  );
}

interface NodeProps {
  step: Step;
  name: string;
  x: number;
  y: number;
  onDragging?: (step: string | null) => void;
  children: ReactNode;
}

/** A card at its place, which can be dragged to another. By keyboard it is moved with its menu. */
function Node({ step, name, x, y, onDragging, children }: NodeProps) {
  const ref = useRef<HTMLDivElement>(null);
  useDragStep(ref, step.id, name, onDragging);
  return (
    <div ref={ref} className={classes.node} style={{ left: x, top: y, width: CARD_WIDTH, height: CARD_HEIGHT }}>
      {children}
      {onDragging && (
        // Browsers that drag no buttons drag this.
        <span className={classes.grip} aria-hidden>
          <IconGripVertical size={14} />
        </span>
      )}
    </div>
  );
}

/** Between two steps: for a new one, or for one that is dragged there. */
function Gap({ x, y, takes, onDrop, children }: { x: number; y: number; takes: boolean; onDrop: (step: string) => void; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  useDropStep(ref, takes, { onOver: setOver, onDrop });
  return (
    <div ref={ref} className={classes.at} style={{ left: x, top: y }} data-takes={takes || undefined} data-over={over || undefined}>
      {children}
    </div>
  );
}

/** Straight down, or across and down with soft corners. */
function curve(from: Point, to: Point): string {
  if (Math.abs(from.x - to.x) < 1) return `M${from.x},${from.y}V${to.y}`;
  const middle = (from.y + to.y) / 2;
  return `M${from.x},${from.y}C${from.x},${middle} ${to.x},${middle} ${to.x},${to.y}`;
}
