import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationVersionQuery, RUN_STATUSES, runsQuery, type RunFilter } from '~/api/automations';
import type { Automation, AutomationRun, AutomationRunAction, AutomationRunStatus } from '~/api/schema';
import { RunBadge } from '~/automation/AutomationBadge';
import { useRunWords } from '~/automation/lines';
import { cameBy } from '~/automation/model/counts';
import { actionsFor } from '~/automation/model/runs';
import { toggled } from '~/automation/state';
import { useThings, useWords, type Words } from '~/automation/words';
import { Button, Card, Checkbox, EmptyState, ErrorState, Group, Menu, RowMenu, ScrollRegion, Select, Skeleton, Stack, Table, Text, TextLink } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconUsers, IconX } from '~/icons';
import classes from './People.module.css';
import { AskRuns, RunsBar, useChangeRuns, type Chosen, type Wish } from './RunsBar';

const route = getRouteApi('/_app/automations/$id/');

/** Who is or was in an automation, and where. */
export function PeopleTab({ automation }: { automation: Automation }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { status, step, went } = route.useSearch();
  const navigate = route.useNavigate();
  const { id, live, draft } = automation;
  const runs = useInfiniteQuery(runsQuery(id, { status, step, went }));
  const version = useQuery({ ...automationVersionQuery(id, live?.id ?? ''), enabled: live !== null });
  const definition = asDefinition(version.data?.document ?? draft);
  const { steps } = definition;
  const words = useWords(useThings(), steps);
  const said = useRunWords(words, definition);
  const title = (of: string) => {
    const found = steps.find((one) => one.id === of);
    return found ? words.title(found) : of;
  };
  const rows = runs.data?.pages.flatMap((page) => page.data) ?? [];
  const may = can('campaigns:send');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [everyone, setEveryone] = useState(false);
  const [wish, setWish] = useState<Wish | null>(null);
  const clear = () => {
    setSelected(new Set());
    setEveryone(false);
    setWish(null);
  };
  const act = useChangeRuns(id, clear);
  // Who is no longer shown is no longer chosen.
  const chosenRows = rows.filter((row) => selected.has(row.id));
  const all = rows.length > 0 && chosenRows.length === rows.length;
  const chosen: Chosen = everyone
    ? { whom: { status, step }, number: undefined, actions: actionsFor(status ? [status] : RUN_STATUSES) }
    : { whom: { runs: chosenRows.map((row) => row.id) }, number: chosenRows.length, actions: actionsFor(chosenRows.map((row) => row.status)) };
  const filter = (part: RunFilter) => {
    clear();
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  };
  const ask = (action: AutomationRunAction, of: Chosen) => {
    // What is about one person and can be taken back, or shows at once what came of it, is not asked.
    if (of.number === 1 && action !== 'move' && action !== 'exit') act.mutate({ action, whom: of.whom });
    else setWish({ ...of, action });
  };
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
          onChange={(value) => filter({ status: (value as AutomationRunStatus | null) ?? undefined })}
        />
        <Select
          size="xs"
          aria-label={t('automation.at_step')}
          placeholder={t('automation.any_step')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={step && !known.some(({ value }) => value === step) ? [...known, { value: step, label: step }] : known}
          value={step ?? null}
          onChange={(value) => filter({ step: value ?? undefined })}
        />
        {went && (
          <Button variant="light" size="compact-sm" className={classes.filter} rightSection={<IconX size={14} aria-hidden />} onClick={() => filter({ went: undefined })}>
            {wentWords(t, words, cameBy(definition, went))}
            <span className="visually-hidden">. {t('filter.remove', { label: t('automation.went_filter') })}</span>
          </Button>
        )}
      </Group>
      <Card flush>
        {runs.isPending && <Skeleton h={240} m="md" />}
        {runs.isError && rows.length === 0 && <ErrorState error={runs.error} retry={() => void runs.refetch()} />}
        {runs.isSuccess && rows.length === 0 && <EmptyState icon={<IconUsers size={22} />} title={t(status || step || went ? 'automation.nobody_such' : 'automation.nobody')} />}
        {rows.length > 0 && (
          <ScrollRegion label={t('automation.tab_people')}>
            <Table style={{ opacity: runs.isPlaceholderData ? 0.6 : 1 }}>
              <Table.Thead>
                <Table.Tr>
                  {may && (
                    <Table.Th w={44}>
                      <Checkbox
                        size="xs"
                        aria-label={t('grid.select_shown')}
                        checked={all}
                        indeterminate={chosenRows.length > 0 && !all}
                        onChange={({ currentTarget: { checked } }) => {
                          setEveryone(false);
                          setSelected(new Set(checked ? rows.map((row) => row.id) : []));
                        }}
                      />
                    </Table.Th>
                  )}
                  <Table.Th>{t('subscriber.person')}</Table.Th>
                  <Table.Th>{t('automations.status')}</Table.Th>
                  <Table.Th>{t('automation.step')}</Table.Th>
                  <Table.Th>{t('automation.goes_on_at')}</Table.Th>
                  {may && (
                    <Table.Th w={56}>
                      <span className="visually-hidden">{t('named.actions')}</span>
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((run) => (
                  <Row
                    key={run.id}
                    run={run}
                    title={title}
                    outcome={said.outcome}
                    chosen={everyone || selected.has(run.id)}
                    onChoose={
                      may
                        ? () => {
                            setEveryone(false);
                            setSelected((now) => toggled(now, run.id));
                          }
                        : undefined
                    }
                    onAct={may ? (action) => ask(action, { whom: { runs: [run.id] }, number: 1, actions: [] }) : undefined}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
        )}
      </Card>
      {may && (everyone || chosenRows.length > 0) && (
        <RunsBar
          chosen={chosen}
          everyone={everyone || (all && runs.hasNextPage && (status ?? step) !== undefined && went === undefined) ? { chosen: everyone, onToggle: () => setEveryone(!everyone) } : undefined}
          onWish={(action) => ask(action, chosen)}
          onClear={clear}
        />
      )}
      {wish && <AskRuns wish={wish} steps={known} busy={act.isPending} onClose={() => setWish(null)} onGo={(to) => act.mutate({ action: wish.action, whom: wish.whom, to })} />}
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

/** Which way, as far as the version that is live has it. */
function wentWords(t: TFunction, words: Words, came: ReturnType<typeof cameBy>): string {
  const [first] = came;
  if (!first) return t('automation.went_filter');
  if (came.length === 1 && first.edge) return t('automation.went_way', { step: words.title(first.step), way: words.edge(first.edge, first.step) });
  return t('automation.went_from', { steps: came.map(({ step }) => words.title(step)).join(', ') });
}

interface RowProps {
  run: AutomationRun;
  title: (step: string) => string;
  outcome: (code: string) => string;
  chosen: boolean;
  onChoose?: () => void;
  onAct?: (action: AutomationRunAction) => void;
}

function Row({ run, title, outcome, chosen, onChoose, onAct }: RowProps) {
  const { t } = useTranslation();
  const format = useFormats();
  const name = run.email ?? t('automation.somebody_gone');
  const actions = actionsFor([run.status]);
  return (
    <Table.Tr>
      {onChoose && (
        <Table.Td>
          <Checkbox size="xs" aria-label={t('grid.select', { name })} checked={chosen} onChange={onChoose} />
        </Table.Td>
      )}
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
