import { useVirtualizer } from '@tanstack/react-virtual';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Subscriber } from '~/api/schema';
import { displayName } from '~/api/subscribers';
import { Checkbox, Skeleton } from '~/components';
import type { Column } from './columns';
import classes from './SubscriberGrid.module.css';

const ROW_HEIGHT = 52;
const CHECK = 44;
const PERSON = 220;
/** How close to the end more rows are asked for. */
const AHEAD = 40;

interface Props {
  rows: Subscriber[];
  columns: Column[];
  /** How many there are, if that is known. */
  total: number | undefined;
  more: boolean;
  onMore: () => void;
  /** The rows are those of the filter before. */
  stale: boolean;
  selected: ReadonlySet<string>;
  onSelect: (ids: string[], on: boolean) => void;
  label: string;
}

interface Layout {
  gridTemplateColumns: string;
  minWidth: number;
}

function layoutOf(columns: readonly Column[]): Layout {
  const sized = columns.map(({ min, grow }) => (grow ? `minmax(${min}px, ${grow}fr)` : `${min}px`));
  return {
    gridTemplateColumns: `${CHECK}px minmax(${PERSON}px, 2fr) ${sized.join(' ')}`,
    minWidth: columns.reduce((sum, { min }) => sum + min, CHECK + PERSON),
  };
}

/** People in rows of which only those in view are in the page, however many there are. */
export function SubscriberGrid({ rows, columns, total, more, onMore, stale, selected, onSelect, label }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const count = rows.length + (more ? 1 : 0);
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - AHEAD) onMore();
  }, [more, last, rows.length, onMore]);

  const layout = useMemo(() => layoutOf(columns), [columns]);
  const loaded = rows.length > 0 && rows.every((person) => selected.has(person.id));
  const some = !loaded && rows.some((person) => selected.has(person.id));

  return (
    <div
      className={classes.scroller}
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={total === undefined ? -1 : total + 1}
      aria-multiselectable
      aria-busy={stale}
      // What scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      <div role="rowgroup" className={classes.head} style={{ minWidth: layout.minWidth }}>
        <div role="row" aria-rowindex={1} className={classes.row} style={layout}>
          <div role="columnheader" className={classes.check}>
            <Checkbox
              size="xs"
              aria-label={t('grid.select_shown')}
              checked={loaded}
              indeterminate={some}
              onChange={(event) => onSelect(rows.map(({ id }) => id), event.currentTarget.checked)}
            />
          </div>
          <div role="columnheader">{t('subscriber.person')}</div>
          {columns.map((column) => (
            <div role="columnheader" key={column.key} data-column={column.key}>
              {column.label}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize(), minWidth: layout.minWidth }} data-stale={stale || undefined}>
        {items.map((item) => {
          const person = rows[item.index];
          if (!person) {
            return (
              <div role="row" key="more" className={classes.row} style={{ ...layout, transform: `translateY(${item.start}px)` }}>
                <div role="gridcell" />
                <div role="gridcell">
                  <Skeleton h={12} w={160} />
                  <span className="visually-hidden">{t('grid.loading')}</span>
                </div>
              </div>
            );
          }
          return (
            <PersonRow key={person.id} person={person} index={item.index} start={item.start} layout={layout} columns={columns} selected={selected.has(person.id)} onSelect={onSelect} />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  person: Subscriber;
  index: number;
  /** How far down it is. */
  start: number;
  layout: Layout;
  columns: Column[];
  selected: boolean;
  onSelect: (ids: string[], on: boolean) => void;
}

/** One of them. Whoever stays in view while others come into it is not drawn again. */
const PersonRow = memo(function PersonRow({ person, index, start, layout, columns, selected, onSelect }: RowProps) {
  const { t } = useTranslation();
  const name = displayName(person);
  return (
    <div role="row" aria-rowindex={index + 2} aria-selected={selected} className={classes.row} style={{ ...layout, transform: `translateY(${start}px)` }}>
      <div role="gridcell" className={classes.check}>
        <Checkbox size="xs" aria-label={t('grid.select', { name })} checked={selected} onChange={(event) => onSelect([person.id], event.currentTarget.checked)} />
      </div>
      <div role="gridcell" className={classes.person}>
        <Link to="/subscribers/$id" params={{ id: person.id }} className={classes.name}>
          {name}
        </Link>
        {name !== person.email && <div className={classes.email}>{person.email}</div>}
      </div>
      {columns.map((column) => (
        <div role="gridcell" key={column.key} className={classes.cell} data-column={column.key}>
          {column.cell(person)}
        </div>
      ))}
    </div>
  );
});
