import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Condition } from '~/api/schema';
import { displayName } from '~/api/subscribers';
import { Card, Select, Skeleton, Stack, StatusBadge, Text, useDebouncedValue } from '~/components';
import { IconCircleCheck, IconCircleX } from '~/icons';
import classes from '../Segments.module.css';

/** Why somebody is in the segment as it is saved, or not: condition by condition. */
export function Explain({ segment, version }: { segment: string; version: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text.trim(), 200);
  const [person, setPerson] = useState<string | null>(null);
  const people = useQuery({
    queryKey: ['palette', search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => body(api.GET('/api/subscribers', { params: { query: { search: search || undefined, limit: 10 } }, signal })),
  });
  const explanation = useQuery({
    queryKey: ['segments', segment, 'explain', person, version],
    enabled: person !== null,
    queryFn: () =>
      body(api.GET('/api/segments/{id}/explain/{subscriber_id}', { params: { path: { id: segment, subscriber_id: person! } } })),
  });
  const options = (people.data?.data ?? []).map((one) => {
    const name = displayName(one);
    return { value: one.id, label: name === one.email ? name : `${name} (${one.email})` };
  });

  return (
    <Card title={t('segments.explain')}>
      <Stack gap="sm">
        <Select
          maw={420}
          label={t('subscriber.person')}
          placeholder={t('subscribers.search')}
          searchable
          data={options}
          // The server has searched already.
          filter={({ options: found }) => found}
          searchValue={text}
          onSearchChange={setText}
          value={person}
          onChange={setPerson}
          nothingFoundMessage={t('picker.nothing')}
        />
        {explanation.isLoading && <Skeleton h={90} />}
        {explanation.data && (
          <div role="status">
            <Stack gap="xs" align="flex-start">
              <StatusBadge tone={explanation.data.matches ? 'good' : 'quiet'}>
                {explanation.data.matches ? t('segments.is_in') : t('segments.is_not_in')}
              </StatusBadge>
              <Text size="sm">{explanation.data.summary}</Text>
              <ul className={classes.tree}>
                <Branch of={explanation.data.condition} />
              </ul>
            </Stack>
          </div>
        )}
      </Stack>
    </Card>
  );
}

function Branch({ of }: { of: Condition }) {
  const { t } = useTranslation();
  return (
    <li>
      <div className={classes.condition}>
        {of.holds ? (
          <IconCircleCheck size={18} className={classes.yes} role="img" aria-label={t('value.yes')} />
        ) : (
          <IconCircleX size={18} className={classes.no} role="img" aria-label={t('value.no')} />
        )}
        <span>
          {of.text}
          {of.actual && (
            <Text span size="sm" c="dimmed">
              {' '}
              ({of.actual})
            </Text>
          )}
        </span>
      </div>
      {of.conditions && of.conditions.length > 0 && (
        <ul className={classes.tree}>
          {of.conditions.map((condition) => (
            <Branch key={condition.text} of={condition} />
          ))}
        </ul>
      )}
    </li>
  );
}
