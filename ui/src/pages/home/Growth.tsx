import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsQuery } from '~/api/audience';
import { api, body } from '~/api/client';
import { Card, Group, SegmentedControl, Select, Skeleton, Table, Text, UnstyledButton } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './Home.module.css';

const LineArea = lazy(() => import('~/components/LineArea'));
const SPANS = ['30', '90', '365'] as const;
const DAY_MS = 86_400_000;

/** The whole account, among groups. */
const EVERYBODY = 'everybody';

/** How the active subscribers became as many as they are, or one group. */
export function Growth() {
  const { t } = useTranslation();
  const format = useFormats();
  const groups = useQuery(groupsQuery);
  const [group, setGroup] = useState(EVERYBODY);
  const [span, setSpan] = useState<string>('90');
  const [asTable, setAsTable] = useState(false);
  const growth = useQuery({
    queryKey: ['growth', group, span],
    placeholderData: keepPreviousData,
    queryFn: () => {
      const query = { from: new Date(Date.now() - (Number(span) - 1) * DAY_MS).toISOString().slice(0, 10) };
      return group === EVERYBODY
        ? body(api.GET('/api/subscribers/growth', { params: { query } }))
        : body(api.GET('/api/groups/{id}/growth', { params: { path: { id: group }, query } }));
    },
  });
  const named = (groups.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const days = growth.data?.data ?? [];
  const first = days[0];
  const last = days.at(-1);
  const joined = days.reduce((sum, day) => sum + day.joined, 0);
  const left = days.reduce((sum, day) => sum + day.left, 0);

  return (
    <Card
      title={t('home.growth')}
      aside={
        <Group gap="xs">
          <Select
            size="xs"
            w={170}
            aria-label={t('home.growth_of')}
            data={[{ value: EVERYBODY, label: t('home.growth_everybody') }, ...named]}
            value={group}
            onChange={(value) => setGroup(value ?? EVERYBODY)}
            allowDeselect={false}
          />
          <SegmentedControl
            size="xs"
            aria-label={t('home.span')}
            value={span}
            onChange={setSpan}
            data={SPANS.map((value) => ({ value, label: t('home.days', { count: Number(value) }) }))}
          />
        </Group>
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        {first && last
          ? t(group === EVERYBODY ? 'home.growth_active_sentence' : 'home.growth_sentence', { joined: format.number(joined), left: format.number(left), members: format.number(last.members) })
          : ' '}
      </Text>
      <div className={classes.chart}>
        {growth.isPending && <Skeleton h={240} />}
        {days.length > 0 && !asTable && (
          <Suspense fallback={<Skeleton h={240} />}>
            <LineArea
              name={t('named.members')}
              format={format.number}
              data={days.map((day) => ({ label: format.day(day.date), value: day.members }))}
            />
          </Suspense>
        )}
        {asTable && (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div className={classes.days} tabIndex={0} role="region" aria-label={t('home.growth')}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('home.day')}</Table.Th>
                  <Table.Th ta="end">{t('home.joined')}</Table.Th>
                  <Table.Th ta="end">{t('home.left')}</Table.Th>
                  <Table.Th ta="end">{t('named.members')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {days.toReversed().map((day) => (
                  <Table.Tr key={day.date}>
                    <Table.Td>{format.date(day.date)}</Table.Td>
                    <Table.Td ta="end">{format.number(day.joined)}</Table.Td>
                    <Table.Td ta="end">{format.number(day.left)}</Table.Td>
                    <Table.Td ta="end">{format.number(day.members)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </div>
      <UnstyledButton className={classes.as_table} onClick={() => setAsTable(!asTable)}>
        {asTable ? t('home.as_chart') : t('home.as_table')}
      </UnstyledButton>
    </Card>
  );
}
