import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupsQuery, segmentsQuery, tagsQuery } from '~/api/audience';
import { recipientCountQuery } from '~/api/sending';
import { Card, describeError, MultiSelect, Radio, Skeleton, Stack, Text, useDebouncedValue } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { chosen, type Draft } from './draft';

type List = 'groups' | 'segments' | 'tags';

export function RecipientsStep() {
  const { t } = useTranslation();
  const { draft, change, fault } = useEditing();
  const { audience } = draft;
  const set = (part: Partial<Draft['audience']>) => change({ audience: { ...audience, ...part } });

  return (
    <div className={classes.two}>
      <Stack gap="md">
        <Card title={t('audience.to')}>
          <Stack gap="md">
            <Radio.Group
              aria-label={t('audience.to')}
              value={audience.everyone ? 'everyone' : 'some'}
              onChange={(value) => set({ everyone: value === 'everyone' })}
              error={fault('audience')}
            >
              <Stack gap="xs">
                <Radio value="everyone" label={t('audience.everyone')} />
                <Radio value="some" label={t('audience.some')} />
              </Stack>
            </Radio.Group>
            {!audience.everyone && (
              <>
                <Choice list="groups" value={audience.groups} onChange={(groups) => set({ groups })} error={fault('audience.groups')} />
                <Choice list="segments" value={audience.segments} onChange={(segments) => set({ segments })} error={fault('audience.segments')} />
                <Choice list="tags" value={audience.tags} onChange={(tags) => set({ tags })} error={fault('audience.tags')} />
              </>
            )}
          </Stack>
        </Card>
        <Card title={t('audience.except')}>
          <Stack gap="md">
            <Choice list="groups" value={audience.exclude_groups} onChange={(exclude_groups) => set({ exclude_groups })} error={fault('audience.exclude_groups')} />
            <Choice list="segments" value={audience.exclude_segments} onChange={(exclude_segments) => set({ exclude_segments })} error={fault('audience.exclude_segments')} />
            <Choice list="tags" value={audience.exclude_tags} onChange={(exclude_tags) => set({ exclude_tags })} error={fault('audience.exclude_tags')} />
          </Stack>
        </Card>
      </Stack>
      <Count audience={audience} />
    </div>
  );
}

interface ChoiceProps {
  list: List;
  value: string[];
  onChange: (ids: string[]) => void;
  error: string | undefined;
}

function Choice({ list, value, onChange, error }: ChoiceProps) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const enabled = can('audience:read');
  const groups = useQuery({ ...groupsQuery, enabled: enabled && list === 'groups' });
  const segments = useQuery({ ...segmentsQuery, enabled: enabled && list === 'segments' });
  const tags = useQuery({ ...tagsQuery, enabled: enabled && list === 'tags' });
  const rows: { id: string; name: string; size: number | null }[] = {
    groups: (groups.data ?? []).map(({ id, name, members }) => ({ id, name, size: members })),
    segments: (segments.data ?? []).map(({ id, name, size }) => ({ id, name, size: size ?? null })),
    tags: (tags.data ?? []).map(({ id, name, members }) => ({ id, name, size: members })),
  }[list];
  const size = (id: string) => rows.find((row) => row.id === id)?.size ?? null;
  const loaded = { groups, segments, tags }[list].isSuccess;
  if (loaded && rows.length === 0 && value.length === 0) return null;
  return (
    <MultiSelect
      label={t(`audience.${list}`)}
      placeholder={value.length === 0 ? t('audience.choose') : undefined}
      data={rows.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      error={error}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('audience.clear') }}
      hidePickedOptions
      nothingFoundMessage={t('audience.nothing_found')}
      renderOption={({ option }) => {
        const members = size(option.value);
        return (
          <span>
            {option.label}
            {members !== null && (
              <Text span c="dimmed" size="xs" className="tabular">
                {' '}
                {t('audience.people', { count: members, shown: format.number(members) })}
              </Text>
            )}
          </span>
        );
      }}
    />
  );
}

function Count({ audience }: { audience: Draft['audience'] }) {
  const { t } = useTranslation();
  const format = useFormats();
  const [settled] = useDebouncedValue(audience, 250);
  const some = chosen(audience);
  const count = useQuery({ ...recipientCountQuery(settled), enabled: chosen(settled) });
  const recipients = count.data?.recipients;
  return (
    <Card title={t('audience.count_title')}>
      <div role="status">
        {!some && (
          <Text size="sm" c="dimmed">
            {t('audience.choose_first')}
          </Text>
        )}
        {some && count.isError && (
          <Text size="sm" c="var(--bad)">
            {describeError(count.error, t)}
          </Text>
        )}
        {some && !count.isError && recipients === undefined && <Skeleton h={34} w={120} />}
        {some && !count.isError && recipients !== undefined && (
          <Stack gap={4} style={{ opacity: count.isPlaceholderData || settled !== audience ? 0.5 : 1 }}>
            <div className={`${classes.count} tabular`}>{t('audience.people', { count: recipients, shown: format.number(recipients) })}</div>
            <Text size="sm" c="dimmed">
              {recipients === 0 ? t('audience.nobody') : t('audience.count_text')}
            </Text>
          </Stack>
        )}
      </div>
    </Card>
  );
}
