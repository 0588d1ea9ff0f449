import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationActions, automationVersionQuery, RUN_STATUSES, runsQuery } from '~/api/automations';
import type { Automation, AutomationRun, AutomationRunAction, AutomationRunStatus } from '~/api/schema';
import { RunBadge } from '~/automation/AutomationBadge';
import { useRunWords } from '~/automation/lines';
import { actionsFor } from '~/automation/model/runs';
import { useThings, useWords } from '~/automation/words';
import { Button, Card, EmptyState, ErrorState, Group, Menu, RowMenu, ScrollRegion, Select, Skeleton, Stack, Table, Text, TextLink, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconUsers } from '~/icons';

const route = getRouteApi('/_app/automations/$id/');

/** Who is or was in an automation, and where. */
export function PeopleTab({ automation }: { automation: Automation }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const { status, step } = route.useSearch();
  const navigate = route.useNavigate();
  const { id, live, draft } = automation;
  const runs = useInfiniteQuery(runsQuery(id, status, step));
  const version = useQuery({ ...automationVersionQuery(id, live?.id ?? ''), enabled: live !== null });
  const words = useWords(useThings());
  const definition = asDefinition(version.data?.document ?? draft);
  const { steps } = definition;
  const said = useRunWords(words, definition);
  const title = (of: string) => {
    const found = steps.find((one) => one.id === of);
    return found ? words.title(found) : of;
  };
  const rows = runs.data?.pages.flatMap((page) => page.data) ?? [];
  const act = useMutation({
    mutationFn: ({ action, run }: { action: AutomationRunAction; run: string }) => automationActions.changeRuns(id, action, [run]),
    onError: toast.failed,
    onSuccess: async ({ changed }) => {
      await queries.invalidateQueries({ queryKey: ['automations', id] });
      toast.done(t('automation.runs_changed', { count: changed }));
    },
  });
  const known = steps.map((one) => ({ value: one.id, label: words.title(one) }));
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Select
          size="xs"
          aria-label={t('automation.run_status')}
          placeholder={t('automation.any_status')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={RUN_STATUSES.map((value) => ({ value, label: t(`run_status.${value}`) }))}
          value={status ?? null}
          onChange={(value) => void navigate({ search: (now) => ({ ...now, status: (value as AutomationRunStatus | null) ?? undefined }), replace: true })}
        />
        <Select
          size="xs"
          aria-label={t('automation.at_step')}
          placeholder={t('automation.any_step')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={step && !known.some(({ value }) => value === step) ? [...known, { value: step, label: step }] : known}
          value={step ?? null}
          onChange={(value) => void navigate({ search: (now) => ({ ...now, step: value ?? undefined }), replace: true })}
        />
      </Group>
      <Card flush>
        {runs.isPending && <Skeleton h={240} m="md" />}
        {runs.isError && rows.length === 0 && <ErrorState error={runs.error} retry={() => void runs.refetch()} />}
        {runs.isSuccess && rows.length === 0 && <EmptyState icon={<IconUsers size={22} />} title={t(status || step ? 'automation.nobody_such' : 'automation.nobody')} />}
        {rows.length > 0 && (
          <ScrollRegion label={t('automation.tab_people')}>
            <Table style={{ opacity: runs.isPlaceholderData ? 0.6 : 1 }}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('subscriber.person')}</Table.Th>
                  <Table.Th>{t('automations.status')}</Table.Th>
                  <Table.Th>{t('automation.step')}</Table.Th>
                  <Table.Th>{t('automation.goes_on_at')}</Table.Th>
                  {can('campaigns:send') && (
                    <Table.Th w={56}>
                      <span className="visually-hidden">{t('named.actions')}</span>
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((run) => (
                  <Row key={run.id} run={run} title={title} outcome={said.outcome} onAct={can('campaigns:send') ? (action) => act.mutate({ action, run: run.id }) : undefined} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
        )}
      </Card>
      {runs.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Row({ run, title, outcome, onAct }: { run: AutomationRun; title: (step: string) => string; outcome: (code: string) => string; onAct?: (action: AutomationRunAction) => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  const name = run.email ?? t('automation.somebody_gone');
  const actions = actionsFor([run.status]).filter((action) => action !== 'move');
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/automations/$id/runs/$run" params={{ id: run.automation_id, run: run.id }} fw={500}>
          {name}
        </TextLink>
      </Table.Td>
      <Table.Td miw={110}>
        <RunBadge status={run.status} />
        {run.error && (
          <Text size="xs" c="var(--bad)">
            {run.error}
          </Text>
        )}
        {run.outcome && (
          <Text size="xs" c="dimmed">
            {outcome(run.outcome)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{title(run.step)}</Table.Td>
      <Table.Td className="tabular">{run.due_at ? format.dateTime(run.due_at) : run.ended_at ? format.dateTime(run.ended_at) : '–'}</Table.Td>
      {onAct && (
        <Table.Td>
          {actions.length > 0 && (
            <RowMenu of={name}>
              {actions.map((action) => (
                <Menu.Item key={action} color={action === 'exit' ? 'red' : undefined} onClick={() => onAct(action)}>
                  {t(`run_action.${action}`)}
                </Menu.Item>
              ))}
            </RowMenu>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}
