import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/api/client';
import type { SendLimit } from '~/api/schema';
import { limitsQuery, transportsQuery } from '~/api/settings';
import { Alert, Button, Card, EmptyState, ErrorState, Menu, Progress, RowMenu, Skeleton, StatusBadge, Text, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconClock, IconEdit, IconPlus, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';
import { LimitModal } from './LimitModal';

/** How much is sent at most, and how much of that is used. */
export default function Limits() {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { can } = useFrame();
  const mayWrite = can('settings:write');
  const { hidden, later } = useUndoable();
  const limits = useQuery({ ...limitsQuery, refetchInterval: 15_000 });
  const transports = useQuery(transportsQuery);
  const [editing, setEditing] = useState<SendLimit | 'new' | null>(null);
  const shown = (limits.data?.data ?? []).filter(({ id }) => !hidden.has(`limit ${id}`));
  const resting = limits.data?.resting_domains ?? [];
  const nameOf = ({ scope, key }: SendLimit) => {
    if (scope === 'account') return t('limits.of_account');
    if (scope === 'transport') return transports.data?.find(({ id }) => id === key)?.name ?? key;
    return key === '*' ? t('limits.each_domain') : key;
  };

  return (
    <SettingsPage
      title={t('settings.limits')}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
            {t('limits.add')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed">
        {t('limits.about')}
      </Text>
      {limits.isPending && <Skeleton h={140} />}
      {limits.isError && <ErrorState error={limits.error} retry={() => void limits.refetch()} />}
      {resting.length > 0 && (
        <Alert color="orange" variant="light" title={t('limits.resting')}>
          {resting.map(({ domain, until }) => (
            <div key={domain}>{t('limits.resting_until', { domain, time: format.dateTime(until) })}</div>
          ))}
        </Alert>
      )}
      {limits.isSuccess && shown.length === 0 && (
        <EmptyState icon={<IconClock size={22} />} title={t('limits.none')}>
          {t('limits.none_text')}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <Card flush>
          {shown.map((limit) => (
            <div key={limit.id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {nameOf(limit)}
                </Text>
                {limit.scope !== 'account' && (
                  <Text size="xs" c="dimmed">
                    {t(`limits.scope_${limit.scope}`)}
                  </Text>
                )}
                <div className={classes.numbers}>
                  <Used label={t('limits.per_minute')} used={limit.used_minute} most={limit.per_minute} />
                  <Used label={t('limits.per_hour')} used={limit.used_hour} most={limit.per_hour} />
                  <Used label={t('limits.per_day')} used={limit.used_day} most={limit.per_day_now ?? limit.per_day} />
                </div>
              </div>
              {limit.warm_up && <StatusBadge tone="active">{t('limits.warming')}</StatusBadge>}
              {mayWrite && (
                <RowMenu of={nameOf(limit)}>
                  <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(limit)}>
                    {t('action.edit')}
                  </Menu.Item>
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={15} />}
                    onClick={() =>
                      later(`limit ${limit.id}`, t('limits.deleted'), async () => {
                        await api.DELETE('/api/send-limits/{id}', { params: { path: { id: limit.id } } });
                        await queries.invalidateQueries({ queryKey: ['send-limits'] });
                      })
                    }
                  >
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              )}
            </div>
          ))}
        </Card>
      )}
      {editing && <LimitModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SettingsPage>
  );
}

function Used({ label, used, most }: { label: string; used: number; most: number | null }) {
  const { t } = useTranslation();
  const format = useFormats();
  if (most === null) return null;
  const share = most > 0 ? Math.min(1, used / most) : 1;
  return (
    <div style={{ minWidth: 130 }}>
      <span className="tabular">
        {label}: {t('job.of', { done: format.number(used), total: format.number(most) })}
      </span>
      <Progress.Root size="xs" mt={4}>
        <Progress.Section value={share * 100} color={share >= 1 ? 'orange' : undefined} aria-label={label} />
      </Progress.Root>
    </div>
  );
}
