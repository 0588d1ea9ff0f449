import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Group, Switch, Text } from '~/components';
import { localeOf } from '~/i18n/format';
import classes from './Week.module.css';
import { clock, covers, DAY, paintAll, within, type Week } from './model/week';
import { useDays, useLength } from './words';

const STEP = 30;
const ROW_PX = 15;
const USUAL = { first: 6 * 60, last: 22 * 60 };

interface Cell {
  day: number;
  start: number;
}

interface Drag {
  from: Cell;
  to: Cell;
  on: boolean;
}

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  label: string;
  disabled?: boolean;
}

const between = (a: number, b: number, step: number) => Array.from({ length: Math.abs(a - b) / step + 1 }, (_, n) => Math.min(a, b) + n * step);

/** The rectangle between two cells, painted. */
function painted(week: Week, { from, to, on }: Drag): Week {
  const start = Math.min(from.start, to.start);
  return paintAll(week, between(from.day, to.day, 1), start, Math.max(from.start, to.start) + STEP, on);
}

/**
 * A week on which hours are painted: with the mouse, or with the keys (arrows go, space switches, arrows with shift
 * paint on). It is one stop of the tab key.
 */
export function WeekGrid({ week, onChange, label, disabled }: Props) {
  const { t, i18n } = useTranslation();
  const days = useDays();
  const length = useLength();
  const grid = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<Cell>({ day: 0, start: 9 * 60 });
  const [drag, setDrag] = useState<Drag | null>(null);
  const [whole, setWhole] = useState(false);
  const shown = useMemo(() => (drag ? painted(week, drag) : week), [week, drag]);
  const spans = useMemo(() => days.map((_, day) => within(shown, day)), [shown, days]);
  const outside = spans.some((all) => all.some(({ start, end }) => start < USUAL.first || end > USUAL.last));
  const { first, last } = whole || outside ? { first: 0, last: DAY } : USUAL;
  const rows = between(first, last - STEP, STEP);
  const hour = useMemo(() => new Intl.DateTimeFormat(localeOf(i18n.language), { timeStyle: 'short', timeZone: 'UTC' }), [i18n.language]);
  const time = (minute: number) => hour.format(minute * 60_000);

  const go = (cell: Cell) => {
    setCursor(cell);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${cell.day} ${cell.start}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent, cell: Cell) => {
    const { day, start } = cell;
    const on = covers(week, day, start, start + STEP);
    const to: Record<string, Cell> = {
      ArrowLeft: { day: day - 1, start },
      ArrowRight: { day: day + 1, start },
      ArrowUp: { day, start: start - STEP },
      ArrowDown: { day, start: start + STEP },
      PageUp: { day, start: Math.max(first, start - 4 * 60) },
      PageDown: { day, start: Math.min(last - STEP, start + 4 * 60) },
      Home: { day, start: first },
      End: { day, start: last - STEP },
    };
    const target = to[event.key];
    if (target) {
      event.preventDefault();
      if (target.day < 0 || target.day > 6 || target.start < first || target.start >= last) return;
      if (event.shiftKey && !disabled) onChange(painted(week, { from: cell, to: target, on }));
      go(target);
    } else if ((event.key === ' ' || event.key === 'Enter') && !disabled) {
      event.preventDefault();
      onChange(painted(week, { from: cell, to: cell, on: !on }));
    }
  };
  const cellAt = ({ clientX, clientY }: PointerEvent): Cell | null => {
    const at = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-cell]')?.dataset.cell?.split(' ').map(Number);
    return at ? { day: at[0]!, start: at[1]! } : null;
  };
  const begin = (event: PointerEvent, cell: Cell) => {
    if (disabled || event.button !== 0) return;
    const on = !covers(week, cell.day, cell.start, cell.start + STEP);
    // A finger scrolls; it switches where it taps.
    if (event.pointerType === 'touch') return;
    event.preventDefault();
    go(cell);
    grid.current?.setPointerCapture(event.pointerId);
    setDrag({ from: cell, to: cell, on });
  };
  const tap = (cell: Cell, type: string) => {
    if (disabled || type !== 'touch') return;
    onChange(painted(week, { from: cell, to: cell, on: !covers(week, cell.day, cell.start, cell.start + STEP) }));
  };

  return (
    <div>
      <div
        ref={grid}
        role="grid"
        aria-label={label}
        aria-readonly={disabled}
        className={classes.grid}
        onPointerMove={(event) => {
          const cell = drag && cellAt(event);
          if (cell && (cell.day !== drag.to.day || cell.start !== drag.to.start)) setDrag({ ...drag, to: cell });
        }}
        onPointerUp={() => {
          if (!drag) return;
          setDrag(null);
          go(drag.to);
          onChange(painted(week, drag));
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <div role="row" className={classes.head}>
          <span role="columnheader">
            <span className="visually-hidden">{t('booking.time')}</span>
          </span>
          {days.map(({ long, short }) => (
            <span key={long} role="columnheader" aria-label={long}>
              {short}
            </span>
          ))}
        </div>
        <div className={classes.body} role="rowgroup">
          <div className={classes.spans} role="presentation">
            {spans.map((all, day) => (
              // oxlint-disable-next-line react/no-array-index-key -- the days of a week
              <div key={day}>
                {all.map(({ start, end }) => (
                  <i key={start} style={{ top: ((start - first) / STEP) * ROW_PX, height: ((end - start) / STEP) * ROW_PX }} />
                ))}
              </div>
            ))}
          </div>
          {rows.map((start) => (
            <div key={start} role="row" className={classes.row} data-hour={start % 60 === 0 || undefined}>
              <span role="rowheader">{start % 60 === 0 ? time(start) : <span className="visually-hidden">{time(start)}</span>}</span>
              {days.map(({ long }, day) => (
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are those of the grid
                <span
                  key={long}
                  role="gridcell"
                  tabIndex={cursor.day === day && Math.min(Math.max(cursor.start, first), last - STEP) === start ? 0 : -1}
                  aria-selected={covers(shown, day, start, start + STEP)}
                  aria-label={t('booking.cell', { day: long, from: time(start), to: clock(start + STEP) === '00:00' ? time(DAY) : time(start + STEP) })}
                  data-cell={`${day} ${start}`}
                  onKeyDown={(event) => onKey(event, { day, start })}
                  onPointerDown={(event) => begin(event, { day, start })}
                  onClick={(event) => tap({ day, start }, (event.nativeEvent as unknown as globalThis.PointerEvent).pointerType)}
                  onFocus={() => setCursor({ day, start })}
                />
              ))}
            </div>
          ))}
        </div>
      </div>
      <Group justify="space-between" mt="sm" gap="xs">
        <Text size="xs" c="dimmed">
          {t('booking.grid_hint')}
        </Text>
        <Switch size="xs" label={t('booking.whole_day')} checked={whole || outside} disabled={outside} onChange={({ currentTarget }) => setWhole(currentTarget.checked)} />
      </Group>
      <div className="visually-hidden" role="status">
        {t('booking.week_total', { length: length(spans.flat().reduce((sum, { start, end }) => sum + end - start, 0)) })}
      </div>
    </div>
  );
}
