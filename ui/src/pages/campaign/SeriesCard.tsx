import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { seriesQuery } from '~/api/sending';
import { Card, EmptyState, ErrorState, ScrollRegion, SegmentedControl, Skeleton, Stack, Table } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconChartLine } from '~/icons';
import classes from './Campaign.module.css';
import { bucketsOf, topOf, type Bucket } from './series';

/** When people opened and clicked, as a curve or as a table. */
export function SeriesCard({ id, moving }: { id: string; moving: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  const series = useQuery({ ...seriesQuery(id), refetchInterval: moving ? 5000 : false });
  const [view, setView] = useState<'chart' | 'table'>('chart');
  const { unit, buckets } = useMemo(() => bucketsOf(series.data?.data ?? [], format.timeZone), [series.data, format.timeZone]);

  return (
    <Card
      title={t(unit === 'hour' ? 'series.by_hour' : 'series.by_day')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('series.view')}
          value={view}
          onChange={(value) => setView(value as typeof view)}
          data={[
            { value: 'chart', label: t('series.chart') },
            { value: 'table', label: t('series.table') },
          ]}
        />
      }
    >
      {series.isPending && <Skeleton h={244} />}
      {series.isError && !series.data && <ErrorState error={series.error} retry={() => void series.refetch()} />}
      {series.isSuccess && buckets.length === 0 && (
        <EmptyState icon={<IconChartLine size={22} />} title={t('series.nothing')}>
          {t('series.nothing_text')}
        </EmptyState>
      )}
      {buckets.length > 0 && view === 'chart' && <Chart buckets={buckets} unit={unit} />}
      {buckets.length > 0 && view === 'table' && <Numbers buckets={buckets} unit={unit} />}
    </Card>
  );
}

interface Props {
  buckets: Bucket[];
  unit: 'hour' | 'day';
}

const HEIGHT = 220;
const LEFT = 40;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 24;
/** Room that the words below the axis want. */
const LABEL_WIDTH = 110;

function Chart({ buckets, unit }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [pointed, setPointed] = useState<number | null>(null);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const top = topOf(Math.max(...buckets.map(({ opens, clicks }) => Math.max(opens, clicks))));
  const x = (index: number) => LEFT + (buckets.length === 1 ? 0.5 : index / (buckets.length - 1)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const line = (value: (bucket: Bucket) => number) =>
    buckets.map((bucket, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value(bucket)).toFixed(1)}`).join('');
  const clicks = line((bucket) => bucket.clicks);
  const label = (bucket: Bucket) => (unit === 'hour' ? format.dateTime(bucket.start) : format.date(bucket.start));
  const short = (bucket: Bucket) => (unit === 'hour' ? `${format.day(bucket.start)}, ${format.time(bucket.start)}` : format.day(bucket.start));
  const labels = Math.max(1, Math.min(buckets.length, Math.floor((width - LEFT) / LABEL_WIDTH)));
  const step = Math.max(1, Math.ceil(buckets.length / labels));
  const sum = (value: (bucket: Bucket) => number) => format.number(buckets.reduce((all, bucket) => all + value(bucket), 0));
  const best = buckets.reduce((most, bucket) => (bucket.clicks > most.clicks ? bucket : most), buckets[0]!);
  const shown = pointed === null ? null : buckets[pointed];

  const point = (clientX: number) => {
    const edge = box.current?.getBoundingClientRect();
    if (!edge) return;
    const share = (clientX - edge.left - LEFT) / (width - LEFT - RIGHT);
    setPointed(Math.min(buckets.length - 1, Math.max(0, Math.round(share * (buckets.length - 1)))));
  };

  return (
    <Stack gap={6}>
      <div className={`${classes.legend} tabular`}>
        <span className={classes.key}>
          <svg width="18" height="4" aria-hidden>
            <path d="M0 2H18" className={classes.clicks} />
          </svg>
          {t('series.clicks')} {shown ? format.number(shown.clicks) : sum((bucket) => bucket.clicks)}
        </span>
        <span className={classes.key}>
          <svg width="18" height="4" aria-hidden>
            <path d="M0 2H18" className={classes.opens} />
          </svg>
          {t('series.opens')} {shown ? format.number(shown.opens) : sum((bucket) => bucket.opens)}
        </span>
        {shown && <span>{label(shown)}</span>}
      </div>
      <div ref={box}>
        <svg
          className={classes.chart}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-labelledby={id}
          onPointerMove={(event) => point(event.clientX)}
          onPointerLeave={() => setPointed(null)}
        >
          <title id={id}>
            {t('series.summary', {
              from: label(buckets[0]!),
              to: label(buckets.at(-1)!),
              clicks: sum((bucket) => bucket.clicks),
              opens: sum((bucket) => bucket.opens),
              best: label(best),
            })}
          </title>
          {[0, 1, 2, 3, 4].map((part) => (
            <g key={part}>
              <line x1={LEFT} x2={width - RIGHT} y1={y((top / 4) * part)} y2={y((top / 4) * part)} className={classes.grid} />
              <text x={LEFT - 8} y={y((top / 4) * part) + 4} textAnchor="end">
                {format.number((top / 4) * part)}
              </text>
            </g>
          ))}
          {buckets.map((bucket, index) =>
            index % step === 0 && x(index) < width - LABEL_WIDTH / 2 ? (
              <text key={bucket.start.getTime()} x={x(index)} y={HEIGHT - 6} textAnchor={index === 0 && buckets.length > 1 ? 'start' : 'middle'}>
                {short(bucket)}
              </text>
            ) : null,
          )}
          {buckets.length > 1 && <path d={`${clicks}L${x(buckets.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} className={classes.clicksArea} />}
          <path d={line((bucket) => bucket.opens)} className={classes.opens} />
          <path d={clicks} className={classes.clicks} />
          {(buckets.length === 1 || pointed !== null) && (
            <>
              {pointed !== null && <line x1={x(pointed)} x2={x(pointed)} y1={TOP} y2={y(0)} className={classes.cursor} />}
              <circle cx={x(pointed ?? 0)} cy={y(buckets[pointed ?? 0]!.clicks)} r={4} fill="var(--accent)" />
              <circle cx={x(pointed ?? 0)} cy={y(buckets[pointed ?? 0]!.opens)} r={4} fill="var(--good)" />
            </>
          )}
        </svg>
      </div>
    </Stack>
  );
}

function Numbers({ buckets, unit }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  return (
    <ScrollRegion label={t('series.table')} maxHeight={320}>
      <Table className={classes.table} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('series.time')}</Table.Th>
            <Table.Th ta="end">{t('report.sent')}</Table.Th>
            <Table.Th ta="end">{t('series.clicks')}</Table.Th>
            <Table.Th ta="end">{t('series.opens')}</Table.Th>
            <Table.Th ta="end">{t('report.unsubscribed')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {buckets.map(({ start, sent, clicks, opens, unsubscribed }) => (
            <Table.Tr key={start.getTime()}>
              <Table.Td className="tabular">{unit === 'hour' ? format.dateTime(start) : format.date(start)}</Table.Td>
              {[sent, clicks, opens, unsubscribed].map((value, column) => (
                // oxlint-disable-next-line react/no-array-index-key -- the columns never move
                <Table.Td key={column} ta="end" className="tabular">
                  {format.number(value)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}
