import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { comparisonQuery } from '~/api/sending';
import type { Campaign } from '~/api/schema';
import { Card, ScrollRegion, Table, Text, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './Campaign.module.css';

const RATES = ['click_rate', 'open_rate', 'unsubscribe_rate'] as const;
type Rates = Record<(typeof RATES)[number], number>;

/** This campaign among those that were sent before it, each at the age that this one has. */
export function Compare({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormats();
  const comparison = useQuery(comparisonQuery(campaign));
  const data = comparison.data;
  if (!data || data.earlier.length === 0) return null;
  const row = (key: string, name: string, rates: Rates, id?: string) => (
    <Table.Tr key={key}>
      <Table.Td miw={180} className={classes.address} fw={id ? undefined : 600}>
        {id ? (
          <TextLink to="/campaigns/$id" params={{ id }} c="var(--text)">
            {name}
          </TextLink>
        ) : (
          name
        )}
      </Table.Td>
      {RATES.map((rate) => (
        <Table.Td key={rate} ta="end" className="tabular" fw={id ? undefined : 600}>
          {format.percent(rates[rate], 2)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
  return (
    <Card title={t('report.compare')} flush>
      <Text size="xs" c="dimmed" px={16} pt={10}>
        {t('report.compare_at', { count: data.hours })}
      </Text>
      <ScrollRegion label={t('report.compare')}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('home.campaign')}</Table.Th>
              <Table.Th ta="end">{t('report.clicked')}</Table.Th>
              <Table.Th ta="end">{t('report.opened')}</Table.Th>
              <Table.Th ta="end">{t('report.unsubscribed')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {row('this', t('report.compare_this'), data.campaign)}
            {data.median && row('median', t('report.compare_median'), data.median)}
            {data.earlier.map((one) => row(one.campaign_id, one.name, one, one.campaign_id))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Card>
  );
}
