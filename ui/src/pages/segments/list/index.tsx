import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { segmentsQuery } from '~/api/audience';
import { api } from '~/api/client';
import type { SegmentBody } from '~/api/schema';
import { Card, EmptyState, ErrorState, LinkButton, Menu, Page, RowMenu, Skeleton, StatusBadge, Table, Text, TextLink, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconFilter, IconPlus, IconTrash, IconUsers } from '~/icons';
import { Link } from '@tanstack/react-router';
import classes from '../../named/NamedPage.module.css';

export default function Segments() {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { can } = useFrame();
  const { hidden, later } = useUndoable();
  const segments = useQuery({
    ...segmentsQuery,
    refetchInterval: ({ state: { data } }) => (data?.some(({ state }) => state === 'building') ? 1000 : false),
  });
  const shown = (segments.data ?? []).filter(({ id }) => !hidden.has(`segment ${id}`));
  const add = can('audience:write') && (
    <LinkButton to="/segments/new" leftSection={<IconPlus size={15} />}>
      {t('segments.add')}
    </LinkButton>
  );
  const remove = (segment: SegmentBody) =>
    later(`segment ${segment.id}`, t('named.deleted', { name: segment.name }), async () => {
      await api.DELETE('/api/segments/{id}', { params: { path: { id: segment.id } } });
      await queries.invalidateQueries({ queryKey: ['segments'] });
    });

  return (
    <Page title={t('nav.segments')} subtitle={segments.data ? format.number(shown.length) : ' '} actions={add}>
      {segments.isPending && <Skeleton h={240} />}
      {segments.isError && <ErrorState error={segments.error} retry={() => void segments.refetch()} />}
      {segments.isSuccess && shown.length === 0 && (
        <EmptyState icon={<IconFilter size={22} />} title={t('segments.none')} actions={add}>
          {t('segments.about')}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('named.name')}</Table.Th>
                <Table.Th ta="end">{t('named.members')}</Table.Th>
                {can('audience:write') && (
                  <Table.Th w={56}>
                    <span className="visually-hidden">{t('named.actions')}</span>
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((segment) => (
                <Table.Tr key={segment.id}>
                  <Table.Td>
                    <TextLink to="/segments/$id" params={{ id: segment.id }} fw={500}>
                      {segment.name}
                    </TextLink>
                    <Text size="xs" c="dimmed" lineClamp={2}>
                      {segment.description}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="end" className="tabular">
                    {segment.state === 'broken' && <StatusBadge tone="bad">{t('segments.broken')}</StatusBadge>}
                    {segment.state === 'building' && <StatusBadge tone="active">{t('segments.building')}</StatusBadge>}
                    {segment.size !== null && (
                      <TextLink
                        to="/subscribers"
                        search={{ segment: segment.id }}
                        aria-label={t('named.show_members', { count: segment.size, number: format.number(segment.size), name: segment.name })}
                      >
                        {format.number(segment.size)}
                      </TextLink>
                    )}
                  </Table.Td>
                  {can('audience:write') && (
                    <Table.Td>
                      <RowMenu of={segment.name}>
                        <Menu.Item
                          leftSection={<IconUsers size={15} />}
                          renderRoot={(props) => <Link to="/subscribers" search={{ segment: segment.id }} {...props} />}
                        >
                          {t('import.show_people')}
                        </Menu.Item>
                        <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => remove(segment)}>
                          {t('action.delete')}
                        </Menu.Item>
                      </RowMenu>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
    </Page>
  );
}
