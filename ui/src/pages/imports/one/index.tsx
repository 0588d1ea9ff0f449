import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { importErrorsQuery, importQuery } from '~/api/imports';
import type { ImportBody } from '~/api/schema';
import { isRunning } from '~/api/subscribers';
import { Alert, Button, Card, ConfirmModal, ErrorState, Group, JobProgress, LinkButton, Page, Skeleton, Stack, StatusBadge, Table, Text, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconDownload } from '~/icons';
import classes from '../new/Import.module.css';
import { IMPORT_TONES } from '../tones';

const route = getRouteApi('/_app/subscribers/imports/$id');

/** How far an import is and what it came to; a trial can be run for good, the rest taken back. */
export default function OneImport() {
  const { t } = useTranslation();
  const format = useFormats();
  const { id } = route.useParams();
  const { can } = useFrame();
  const queries = useQueryClient();
  const job = useQuery(importQuery(id));
  const [undoing, setUndoing] = useState(false);
  const data = job.data;
  const running = isRunning(data);
  const undoRunning = isRunning(data?.undo ?? undefined);

  // When it ends, everything that shows people is out of date.
  useEffect(() => {
    if (!data || running || undoRunning) return;
    for (const key of ['subscribers', 'groups', 'tags', 'fields', 'segments']) void queries.invalidateQueries({ queryKey: [key] });
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [running, undoRunning]);

  const act = useMutation({
    mutationFn: (what: 'run' | 'stop' | 'resume' | 'undo') => {
      const params = { params: { path: { id } } };
      switch (what) {
        case 'run':
          return body(api.POST('/api/imports/{id}/run', params));
        case 'stop':
          return body(api.POST('/api/imports/{id}/stop', params));
        case 'resume':
          return body(api.POST('/api/imports/{id}/resume', params));
        case 'undo':
          return body(api.POST('/api/imports/{id}/undo', params));
      }
    },
    onError: toast.failed,
    onSuccess: (changed) => {
      setUndoing(false);
      queries.setQueryData(importQuery(id).queryKey, changed);
      void job.refetch();
    },
  });

  const back = { to: '/subscribers/imports', label: t('import.history') };
  if (job.isError) {
    return (
      <Page title={t('import.one')} back={back}>
        <ErrorState error={job.error} retry={() => void job.refetch()} />
      </Page>
    );
  }
  if (!data) {
    return (
      <Page title={t('import.one')} subtitle=" " back={back}>
        <Skeleton h={220} />
      </Page>
    );
  }
  const trial = data.options.dry_run ?? false;
  const done = data.state === 'completed';
  const mayWrite = can('audience:write');
  return (
    <Page
      title={data.file_name}
      badge={<StatusBadge tone={IMPORT_TONES[data.state]}>{t(`import_state.${data.state}`)}</StatusBadge>}
      subtitle={trial ? t('import.trial') : t('import.by', { date: format.dateTime(data.created_at) })}
      back={back}
      actions={
        mayWrite && (
          <>
            {running && (
              <Button variant="default" onClick={() => act.mutate('stop')} loading={act.isPending}>
                {t('job.stop')}
              </Button>
            )}
            {(data.state === 'stopped' || data.state === 'failed') && !data.undo && (
              <Button onClick={() => act.mutate('resume')} loading={act.isPending}>
                {t('import.resume')}
              </Button>
            )}
            {!trial && !running && !data.undo && data.created + data.updated > 0 && (
              <Button variant="default" onClick={() => setUndoing(true)}>
                {t('import.undo')}
              </Button>
            )}
            {trial && done && (
              <Button onClick={() => act.mutate('run')} loading={act.isPending}>
                {t('import.run', { count: data.created + data.updated, number: format.number(data.created + data.updated) })}
              </Button>
            )}
          </>
        )
      }
    >
      <Stack gap="md">
        {running && (
          <Card>
            <JobProgress label={trial ? t('import.trying') : t('import.running')} done={data.processed} total={data.total} />
          </Card>
        )}
        {data.undo && (
          <Card>
            {undoRunning ? (
              <JobProgress label={t('import.undoing')} done={data.undo.processed} total={data.undo.total} />
            ) : (
              <Text size="sm" role="status">
                {data.undo.state === 'failed'
                  ? (data.undo.error ?? t('error.unexpected'))
                  : t('import.undone', {
                      deleted: format.number(data.undo.deleted),
                      restored: format.number(data.undo.restored),
                      kept: format.number(data.undo.kept),
                    })}
              </Text>
            )}
          </Card>
        )}
        {data.error && (
          <Alert color="red" variant="light" role="alert">
            {data.error}
          </Alert>
        )}
        {trial && done && (
          <Alert color="iris" variant="light">
            {t('import.trial_done')}
          </Alert>
        )}
        <Numbers of={data} />
        {!running && data.invalid + data.skipped + data.warnings > 0 && <Rows of={data} />}
        {!trial && done && !data.undo && (
          <Group>
            <LinkButton to="/subscribers" variant="default">
              {t('import.show_people')}
            </LinkButton>
          </Group>
        )}
      </Stack>
      <ConfirmModal
        opened={undoing}
        onClose={() => setUndoing(false)}
        title={t('import.undo_title')}
        confirm={t('import.undo')}
        busy={act.isPending}
        onConfirm={() => act.mutate('undo')}
      >
        {t('import.undo_text')}
      </ConfirmModal>
    </Page>
  );
}

const NUMBERS = ['created', 'updated', 'unchanged', 'skipped', 'invalid'] as const;

function Numbers({ of }: { of: ImportBody }) {
  const { t } = useTranslation();
  const format = useFormats();
  const trial = of.options.dry_run ?? false;
  return (
    <Card title={trial ? t('import.would') : t('import.result')}>
      <div className={classes.numbers}>
        {NUMBERS.map((name) => (
          <div key={name} className={classes.number}>
            <strong>{format.number(of[name])}</strong>
            <span>{t(`import.n_${name}`)}</span>
          </div>
        ))}
      </div>
    </Card>
  );
}

function Rows({ of }: { of: ImportBody }) {
  const { t } = useTranslation();
  const format = useFormats();
  const errors = useQuery(importErrorsQuery(of.id, of.processed));
  const rows = errors.data?.data ?? [];
  if (errors.isSuccess && rows.length === 0) return null;
  return (
    <Card
      flush
      title={t('import.rows')}
      aside={
        <Button
          component="a"
          href={`/api/imports/${of.id}/errors.csv`}
          download
          variant="default"
          leftSection={<IconDownload size={15} />}
        >
          {t('import.download_rows')}
        </Button>
      }
    >
      {errors.isPending && <Skeleton h={120} m="md" />}
      {rows.length > 0 && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <Table.ScrollContainer minWidth={480} type="native" scrollAreaProps={{ tabIndex: 0, role: 'region', 'aria-label': t('import.rows') } as never}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th ta="end">{t('import.line')}</Table.Th>
                <Table.Th>{t('import.value')}</Table.Th>
                <Table.Th>{t('import.why')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={`${row.line} ${row.code} ${row.column}`}>
                  <Table.Td ta="end" className="tabular">
                    {format.number(row.line)}
                  </Table.Td>
                  <Table.Td>{[row.column, row.value].filter(Boolean).join(': ') || '–'}</Table.Td>
                  <Table.Td>{row.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
