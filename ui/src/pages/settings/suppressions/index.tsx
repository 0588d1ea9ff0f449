import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/api/client';
import type { Suppression, SuppressionsImported } from '~/api/schema';
import { importSuppressions, suppressionsQuery } from '~/api/settings';
import { ActionIcon, Alert, Button, Card, EmptyState, ErrorState, FileButton, Group, Skeleton, StatusBadge, Text, TextInput, toast, useDebouncedValue, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconBan, IconDownload, IconFileImport, IconPlus, IconSearch, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';
import { AddSuppressions } from './AddSuppressions';

/** Who never gets mail, whatever lists they are on. */
export default function Suppressions() {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { can } = useFrame();
  const mayWrite = can('audience:write');
  const { hidden, later } = useUndoable();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 300);
  // Half an address is none.
  const email = /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(asked) ? asked : '';
  const list = useInfiniteQuery(suppressionsQuery(email));
  const [adding, setAdding] = useState(false);
  const upload = useMutation({
    mutationFn: importSuppressions,
    onError: toast.failed,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['suppressions'] }),
  });
  const rows = (list.data?.pages.flatMap((page) => page.data) ?? []).filter(({ id }) => !hidden.has(`suppression ${id}`));
  const nameOf = (entry: Suppression) => entry.value ?? t('suppressions.erased');

  return (
    <SettingsPage
      title={t('settings.suppressions')}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
            {t('suppressions.add')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed">
        {t('suppressions.about')}
      </Text>
      <Group gap="xs">
        <TextInput
          flex="1 1 220px"
          leftSection={<IconSearch size={15} />}
          aria-label={t('suppressions.search')}
          placeholder={t('suppressions.search')}
          value={search}
          onChange={({ currentTarget: { value } }) => setSearch(value)}
        />
        {mayWrite && (
          <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(file) => file && upload.mutate(file)}>
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFileImport size={15} />} loading={upload.isPending}>
                {t('suppressions.import')}
              </Button>
            )}
          </FileButton>
        )}
        <Button component="a" href="/api/suppressions/export" download="suppressions.csv" variant="default" leftSection={<IconDownload size={15} />}>
          {t('suppressions.export')}
        </Button>
      </Group>
      <div role="status">{upload.data && <Imported result={upload.data} onClose={() => upload.reset()} />}</div>
      {list.isPending && <Skeleton h={240} />}
      {list.isError && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && (
        <EmptyState icon={<IconBan size={22} />} title={email ? t('suppressions.not_found', { email }) : t('suppressions.none')}>
          {email ? undefined : t('suppressions.none_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Card flush>
          {rows.map((entry) => (
            <div key={entry.id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {nameOf(entry)}
                </Text>
                <Text size="xs" c="dimmed">
                  {reasonOf(t, entry.reason)} · {format.date(entry.created_at)}
                </Text>
              </div>
              <StatusBadge tone="quiet">{t(`suppressions.kind_${entry.kind}`)}</StatusBadge>
              {entry.scope !== 'account' && <StatusBadge tone="quiet">{t('suppressions.of_server')}</StatusBadge>}
              {mayWrite && entry.scope === 'account' && (
                <ActionIcon
                  aria-label={t('suppressions.remove', { name: nameOf(entry) })}
                  onClick={() =>
                    later(`suppression ${entry.id}`, t('suppressions.removed', { name: nameOf(entry) }), async () => {
                      await api.DELETE('/api/suppressions/{id}', { params: { path: { id: entry.id } } });
                      await queries.invalidateQueries({ queryKey: ['suppressions'] });
                    })
                  }
                >
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </div>
          ))}
        </Card>
      )}
      {list.hasNextPage && (
        <Button variant="default" style={{ alignSelf: 'center' }} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
      {adding && <AddSuppressions onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

const REASONS = ['manual', 'import', 'complaint', 'bounce', 'unsubscribed', 'erased'] as const;

function reasonOf(t: TFunction, reason: string): string {
  const known = REASONS.find((one) => one === reason);
  return known ? t(`suppressions.reason_${known}`) : reason;
}

function Imported({ result, onClose }: { result: SuppressionsImported; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  return (
    <Alert
      color={result.invalid > 0 ? 'orange' : 'green'}
      variant="light"
      withCloseButton
      onClose={onClose}
      closeButtonLabel={t('action.close')}
      title={t('suppressions.imported', { count: result.added, shown: format.number(result.added) })}
    >
      <Text size="sm">
        {t('suppressions.imported_text', { already: format.number(result.already), people: format.number(result.subscribers), invalid: format.number(result.invalid) })}
      </Text>
      {result.errors.slice(0, 5).map(({ line, value, reason }) => (
        <Text key={line} size="xs">
          {t('suppressions.fault', { line, value, reason })}
        </Text>
      ))}
    </Alert>
  );
}
