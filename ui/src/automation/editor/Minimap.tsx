import { useEffect, useState, type PointerEvent } from 'react';
import { CARD_HEIGHT, CARD_WIDTH, type Drawn } from '../model/layout';
import classes from './Automation.module.css';

const WIDTH = 180;
const HEIGHT = 120;

interface Props {
  drawn: Drawn;
  /** What is drawn, at its place in the scrolled element. */
  canvas: HTMLElement | null;
  scale: number;
  edge: number;
  selected?: string;
}

interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The nearest that scrolls. */
export function scrollerOf(element: HTMLElement | null): HTMLElement | null {
  for (let at = element?.parentElement ?? null; at; at = at.parentElement) {
    if (/(auto|scroll)/.test(getComputedStyle(at).overflowY)) return at;
  }
  return null;
}

/** Which part of the canvas is seen, in its own measures. */
function useView(canvas: HTMLElement | null, scale: number): { view: View | null; scroller: HTMLElement | null } {
  const [view, setView] = useState<View | null>(null);
  const scroller = scrollerOf(canvas);
  useEffect(() => {
    if (!canvas || !scroller) return undefined;
    const look = () => {
      const whole = canvas.getBoundingClientRect();
      const seen = scroller.getBoundingClientRect();
      const left = Math.max(whole.left, seen.left);
      const top = Math.max(whole.top, seen.top);
      setView({
        x: (left - whole.left) / scale,
        y: (top - whole.top) / scale,
        width: Math.max(0, Math.min(whole.right, seen.right) - left) / scale,
        height: Math.max(0, Math.min(whole.bottom, seen.bottom) - top) / scale,
      });
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(scroller);
    sizes.observe(canvas);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [canvas, scroller, scale]);
  return { view, scroller };
}

/** All of the canvas in small, with what is seen of it: a press goes there. By keyboard the canvas itself scrolls. */
export function Minimap({ drawn, canvas, scale, edge, selected }: Props) {
  const { view, scroller } = useView(canvas, scale);
  const width = drawn.width + 2 * edge;
  const height = drawn.height + 2 * edge;
  // What is seen as a whole needs none.
  if (!view || !scroller || (view.width >= drawn.width && view.height >= drawn.height)) return null;
  const fit = Math.min(WIDTH / width, HEIGHT / height);
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const x = (event.clientX - box.left) / fit - view.width / 2;
    const y = (event.clientY - box.top) / fit - view.height / 2;
    scroller.scrollBy({ left: (x - view.x) * scale, top: (y - view.y) * scale, behavior: 'instant' });
  };
  return (
    <svg
      className={classes.minimap}
      width={width * fit}
      height={height * fit}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden
      data-minimap
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={go}
    >
      {drawn.cards.map(({ item: { step }, x, y }) => (
        <rect key={step.id} className={classes.dot} data-selected={step.id === selected || undefined} x={x + edge} y={y + edge} width={CARD_WIDTH} height={CARD_HEIGHT} rx={16} />
      ))}
      <rect className={classes.seen} data-seen x={view.x} y={view.y} width={view.width} height={view.height} />
    </svg>
  );
}
