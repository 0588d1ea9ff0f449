import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { automationActions, automationsQuery } from '~/api/automations';
import type { AutomationSummary } from '~/api/schema';
import { Button, Card, Chip, EmptyState, ErrorState, Group, LinkButton, Menu, Page, RowMenu, Skeleton, Stack, StatusBadge, Table, Text, TextLink, toast, useDisclosure, useUndoable } from '~/components';
import { AutomationBadge } from '~/automation/AutomationBadge';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconBolt, IconCopy, IconEdit, IconPlayerPause, IconPlayerPlay, IconPlus, IconTrash, IconWebhook } from '~/icons';
import { AUTOMATION_STATUSES, type AutomationsSearch } from '~/routes/_app.automations.index';
import classes from './Automations.module.css';
import { NewAutomation } from './NewAutomation';

const route = getRouteApi('/_app/automations/');

/** What happens to people by itself. */
export default function Automations() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(automationsQuery(status));
  const { hidden } = useUndoable();
  const [adding, adder] = useDisclosure(false);
  const rows = (list.data?.pages.flatMap((page) => page.data) ?? []).filter((row) => !hidden.has(`automation ${row.id}`) && row.status !== 'deleted');
  const add = can('campaigns:write') && (
    <Button leftSection={<IconPlus size={15} />} onClick={adder.open}>
      {t('automations.new')}
    </Button>
  );
  return (
    <Page
      title={t('automation.title')}
      actions={
        <>
          <LinkButton to="/automations/hooks" variant="default" leftSection={<IconWebhook size={15} />}>
            {t('hooks.title')}
          </LinkButton>
          {add}
        </>
      }
    >
      <Stack gap="md">
        <Chip.Group value={status ?? 'all'} onChange={(value) => void navigate({ search: { status: value === 'all' ? undefined : (value as AutomationsSearch['status']) }, replace: true })}>
          <Group gap={6} role="radiogroup" aria-label={t('campaigns.filter')}>
            {(['all', ...AUTOMATION_STATUSES] as const).map((value) => (
              <Chip key={value} value={value} size="xs" variant="light">
                {value === 'all' ? t('campaigns.all') : t(`automation_status.${value}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        {list.isPending && <Skeleton h={240} />}
        {list.isError && rows.length === 0 && <ErrorState error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && (
          <EmptyState icon={<IconBolt size={22} />} title={t(status ? 'automations.none_such' : 'automations.none')} actions={status ? undefined : add}>
            {status ? undefined : t('automations.none_text')}
          </EmptyState>
        )}
        {rows.length > 0 && (
          <Card flush>
            <Table className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('named.name')}</Table.Th>
                  <Table.Th>{t('automations.status')}</Table.Th>
                  <Table.Th ta="end">{t('automations.inside')}</Table.Th>
                  <Table.Th ta="end" className={classes.wide}>
                    {t('automations.finished')}
                  </Table.Th>
                  <Table.Th w={56}>
                    <span className="visually-hidden">{t('named.actions')}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Row key={row.id} row={row} />
                ))}
              </Table.Tbody>
            </Table>
          </Card>
        )}
        {list.hasNextPage && (
          <Group justify="center">
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('list.more')}
            </Button>
          </Group>
        )}
      </Stack>
      <NewAutomation opened={adding} onClose={adder.close} />
    </Page>
  );
}

function Row({ row }: { row: AutomationSummary }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { later } = useUndoable();
  const { id, name, status, counts, live } = row;
  const refresh = () => queries.invalidateQueries({ queryKey: ['automations'] });
  const toggle = useMutation({
    mutationFn: () => (status === 'active' ? automationActions.pause(id) : automationActions.resume(id)),
    onError: toast.failed,
    onSuccess: refresh,
  });
  const copy = useMutation({
    mutationFn: () => automationActions.duplicate(id),
    onError: toast.failed,
    onSuccess: async (made) => {
      await refresh();
      await navigate({ to: '/automations/$id/edit', params: { id: made.id } });
    },
  });
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to={status === 'draft' ? '/automations/$id/edit' : '/automations/$id'} params={{ id }} fw={500}>
          {name}
        </TextLink>
        {live && (
          <Text size="xs" c="dimmed">
            {t('automations.version', { n: format.number(live.number), time: format.dateTime(live.published_at) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td miw={110}>
        <Group gap={6}>
          <AutomationBadge status={status} />
          {counts.failed > 0 && <StatusBadge tone="bad">{t('automations.failed', { count: counts.failed, shown: format.number(counts.failed) })}</StatusBadge>}
        </Group>
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        {format.number(counts.inside)}
      </Table.Td>
      <Table.Td ta="end" className={`tabular ${classes.wide}`}>
        {format.number(counts.finished)}
      </Table.Td>
      <Table.Td>
        {(can('campaigns:write') || can('campaigns:send')) && (
          <RowMenu of={name}>
            {can('campaigns:write') && (
              <Menu.Item leftSection={<IconEdit size={15} />} renderRoot={(props) => <Link to="/automations/$id/edit" params={{ id }} {...props} />}>
                {t('action.edit')}
              </Menu.Item>
            )}
            {can('campaigns:send') && status !== 'draft' && (
              <Menu.Item leftSection={status === 'active' ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => toggle.mutate()}>
                {t(status === 'active' ? 'campaign.pause' : 'campaign.resume')}
              </Menu.Item>
            )}
            {can('campaigns:write') && (
              <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => copy.mutate()}>
                {t('automation.duplicate')}
              </Menu.Item>
            )}
            {can('campaigns:send') && (
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={15} />}
                onClick={() =>
                  later(`automation ${id}`, t('named.deleted', { name }), async () => {
                    await automationActions.remove(id);
                    await refresh();
                  })
                }
              >
                {t('action.delete')}
              </Menu.Item>
            )}
          </RowMenu>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
