import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { automationActions, automationVersionQuery, automationVersionsQuery } from '~/api/automations';
import type { Automation, AutomationVersionSummary } from '~/api/schema';
import { Alert, Button, Card, ConfirmModal, EmptyState, ErrorState, Group, Modal, Skeleton, Stack, StatusBadge, Text, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconHistory } from '~/icons';
import classes from '../series/Series.module.css';

/** What was published when, what each version changed, and the way back to it. */
export function VersionsTab({ automation }: { automation: Automation }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { id, live, differs } = automation;
  const versions = useInfiniteQuery(automationVersionsQuery(id));
  const queries = useQueryClient();
  const [looking, setLooking] = useState<AutomationVersionSummary | null>(null);
  const [returning, setReturning] = useState<AutomationVersionSummary | null>(null);
  const rollback = useMutation({
    mutationFn: (version: string) => automationActions.rollback(id, version),
    onError: toast.failed,
    onSettled: () => setReturning(null),
    onSuccess: async (now) => {
      await queries.invalidateQueries({ queryKey: ['automations'] });
      toast.done(t('automation.published', { name: now.name }));
    },
  });
  const rows = versions.data?.pages.flatMap((page) => page.data) ?? [];
  if (versions.isPending) return <Skeleton h={160} />;
  if (versions.isError) return <ErrorState error={versions.error} retry={() => void versions.refetch()} />;
  if (rows.length === 0) return <EmptyState icon={<IconHistory size={22} />} title={t('automation.no_versions')} />;
  return (
    <Stack gap="md">
      <Card flush>
        {rows.map((version) => (
          <Version
            key={version.id}
            version={version}
            isLive={version.id === live?.id}
            onLook={() => setLooking(version)}
            onReturn={can('campaigns:send') && version.id !== live?.id ? () => setReturning(version) : undefined}
          />
        ))}
      </Card>
      {versions.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Group>
      )}
      <Modal opened={looking !== null} onClose={() => setLooking(null)} size="lg" title={looking && t('automation.version', { n: looking.number })} closeButtonProps={{ 'aria-label': t('action.close') }}>
        {looking && <Differences automation={id} version={looking.id} first={looking.number === 1} />}
      </Modal>
      <ConfirmModal
        opened={returning !== null}
        onClose={() => setReturning(null)}
        danger={differs}
        busy={rollback.isPending}
        title={returning ? t('automation.rollback_title', { n: returning.number }) : ''}
        confirm={t('automation.rollback')}
        onConfirm={() => returning && rollback.mutate(returning.id)}
      >
        {differs && (
          <Alert color="orange" variant="light">
            {t('automation.rollback_lost')}
          </Alert>
        )}
        <Text size="sm">{t('automation.rollback_text')}</Text>
      </ConfirmModal>
    </Stack>
  );
}

function Version({ version, isLive, onLook, onReturn }: { version: AutomationVersionSummary; isLive: boolean; onLook: () => void; onReturn?: () => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { number, published_at, steps, restored_from } = version;
  const name = t('automation.version', { n: number });
  return (
    <div className={classes.row}>
      <div>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {format.dateTime(published_at)} · {t('automation.step_count', { count: steps })}
          {restored_from && ` · ${t('automation.restored')}`}
        </Text>
      </div>
      {isLive && <StatusBadge tone="good">{t('automation.live')}</StatusBadge>}
      <Button variant="default" size="xs" aria-label={`${t('automation.what_changed')}: ${name}`} onClick={onLook}>
        {t('automation.what_changed')}
      </Button>
      {onReturn && (
        <Button variant="default" size="xs" aria-label={`${t('automation.rollback')}: ${name}`} onClick={onReturn}>
          {t('automation.rollback')}
        </Button>
      )}
    </div>
  );
}

function Differences({ automation, version, first }: { automation: string; version: string; first: boolean }) {
  const { t } = useTranslation();
  const found = useQuery(automationVersionQuery(automation, version));
  if (found.isError) return <ErrorState error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton h={120} />;
  const { differences } = found.data;
  if (differences.length === 0) return <Text size="sm">{t(first ? 'automation.first_version' : 'automation.no_changes')}</Text>;
  return (
    <ul style={{ margin: 0, paddingInlineStart: 18 }}>
      {differences.map(({ text }) => (
        <li key={text}>
          <Text size="sm">{text}</Text>
        </li>
      ))}
    </ul>
  );
}
