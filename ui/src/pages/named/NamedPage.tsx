import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NAMED, usesQuery } from '~/api/named';
import { Button, Card, ConfirmModal, EmptyState, ErrorState, Menu, Page, RowMenu, Skeleton, Table, Text, TextInput, TextLink, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit, IconPlus, IconSearch, IconTag, IconTrash, IconUsersGroup } from '~/icons';
import { NameModal } from './NameModal';
import classes from './NamedPage.module.css';

interface Named {
  id: string;
  name: string;
  members: number;
  created_at: string;
}

type Kind = keyof typeof NAMED;

const TITLES = { group: 'nav.groups', tag: 'nav.tags' } as const;

/** All groups, or all tags: how many are in each, and to change them. */
export function NamedPage({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { can } = useFrame();
  const { hidden, later } = useUndoable();
  const list = useQuery<Named[]>(NAMED[kind].list as never);
  const [search, setSearch] = useState('');
  const [naming, setNaming] = useState<Named | 'new' | null>(null);
  const [removing, setRemoving] = useState<Named | null>(null);
  const mayWrite = can('audience:write');

  const all = (list.data ?? []).filter(({ id }) => !hidden.has(`${kind} ${id}`));
  const shown = all.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const remove = (one: Named) => {
    setRemoving(null);
    later(`${kind} ${one.id}`, t('named.deleted', { name: one.name }), async () => {
      await NAMED[kind].remove(one.id);
      await queries.invalidateQueries({ queryKey: [NAMED[kind].key] });
      void queries.invalidateQueries({ queryKey: ['subscribers'] });
    });
  };

  return (
    <Page
      title={t(TITLES[kind])}
      subtitle={list.data ? format.number(all.length) : ' '}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setNaming('new')}>
            {t(`named.add_${kind}`)}
          </Button>
        )
      }
    >
      {list.isPending && <Skeleton h={240} />}
      {list.isError && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && all.length === 0 && (
        <EmptyState
          icon={kind === 'group' ? <IconUsersGroup size={22} /> : <IconTag size={22} />}
          title={t(`named.none_${kind}`)}
          actions={mayWrite && <Button onClick={() => setNaming('new')}>{t(`named.add_${kind}`)}</Button>}
        >
          {t(`named.about_${kind}`)}
        </EmptyState>
      )}
      {all.length > 0 && (
        <>
          {all.length > 8 && (
            <TextInput
              size="xs"
              type="search"
              mb="sm"
              maw={260}
              aria-label={t('named.search')}
              placeholder={t('named.search')}
              leftSection={<IconSearch size={15} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <Card flush>
            <Table className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('named.name')}</Table.Th>
                  <Table.Th ta="end">{t('named.members')}</Table.Th>
                  <Table.Th className={classes.wide}>{t('named.created')}</Table.Th>
                  {mayWrite && (
                    <Table.Th w={56}>
                      <span className="visually-hidden">{t('named.actions')}</span>
                    </Table.Th>
                  )}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td fw={500}>{one.name}</Table.Td>
                    <Table.Td ta="end" className="tabular">
                      <TextLink
                        to="/subscribers"
                        search={kind === 'group' ? { group: one.id } : { tag: one.id }}
                        aria-label={t('named.show_members', { count: one.members, number: format.number(one.members), name: one.name })}
                      >
                        {format.number(one.members)}
                      </TextLink>
                    </Table.Td>
                    <Table.Td className={classes.wide} c="dimmed">
                      {format.date(one.created_at)}
                    </Table.Td>
                    {mayWrite && (
                      <Table.Td>
                        <RowMenu of={one.name}>
                          <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setNaming(one)}>
                            {t('named.rename')}
                          </Menu.Item>
                          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setRemoving(one)}>
                            {t('action.delete')}
                          </Menu.Item>
                        </RowMenu>
                      </Table.Td>
                    )}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {shown.length === 0 && (
              <Text p="md" c="dimmed" size="sm">
                {t('picker.nothing')}
              </Text>
            )}
          </Card>
        </>
      )}
      {naming && <NameModal kind={kind} of={naming === 'new' ? null : naming} onClose={() => setNaming(null)} />}
      {removing && <Removal kind={kind} of={removing} onClose={() => setRemoving(null)} onConfirm={() => remove(removing)} />}
    </Page>
  );
}

function Removal({ kind, of, onClose, onConfirm }: { kind: Kind; of: Named; onClose: () => void; onConfirm: () => void }) {
  const { t } = useTranslation();
  const uses = useQuery(usesQuery(kind, of.id));
  return (
    <ConfirmModal
      opened
      onClose={onClose}
      title={t('named.delete', { name: of.name })}
      confirm={t('action.delete')}
      disabled={!uses.data}
      onConfirm={onConfirm}
    >
      <Text size="sm">{t(`named.delete_${kind}`)}</Text>
      {uses.data && uses.data.data.length > 0 && (
        <Text size="sm">{t('named.used_by', { names: uses.data.data.map(({ name }) => name).join(', ') })}</Text>
      )}
    </ConfirmModal>
  );
}
