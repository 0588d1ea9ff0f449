import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import { api, body } from '~/api/client';
import type { Field } from '~/api/schema';
import { Button, Card, Code, ConfirmModal, EmptyState, ErrorState, Menu, Page, RowMenu, Skeleton, Table, Text, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit, IconListDetails, IconPlus, IconTrash } from '~/icons';
import classes from '../named/NamedPage.module.css';
import { FieldModal } from './FieldModal';

/** What is known about people beside their name and address. */
export default function Fields() {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { can } = useFrame();
  const { hidden, later } = useUndoable();
  const fields = useQuery(fieldsQuery);
  const [editing, setEditing] = useState<Field | 'new' | null>(null);
  const [removing, setRemoving] = useState<Field | null>(null);
  const mayWrite = can('audience:write');
  const shown = (fields.data ?? []).filter(({ id }) => !hidden.has(`field ${id}`));
  const remove = (field: Field) => {
    setRemoving(null);
    later(`field ${field.id}`, t('named.deleted', { name: field.name }), async () => {
      await api.DELETE('/api/fields/{id}', { params: { path: { id: field.id } } });
      await queries.invalidateQueries({ queryKey: ['fields'] });
    });
  };

  return (
    <Page
      title={t('nav.fields')}
      subtitle={fields.data ? format.number(shown.length) : ' '}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
            {t('fields.add')}
          </Button>
        )
      }
    >
      {fields.isPending && <Skeleton h={240} />}
      {fields.isError && <ErrorState error={fields.error} retry={() => void fields.refetch()} />}
      {fields.isSuccess && shown.length === 0 && (
        <EmptyState
          icon={<IconListDetails size={22} />}
          title={t('fields.none')}
          actions={mayWrite && <Button onClick={() => setEditing('new')}>{t('fields.add')}</Button>}
        >
          {t('fields.about')}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('named.name')}</Table.Th>
                <Table.Th>{t('fields.kind')}</Table.Th>
                <Table.Th className={classes.wide}>{t('fields.key')}</Table.Th>
                <Table.Th className={classes.wide}>{t('fields.visibility')}</Table.Th>
                {mayWrite && (
                  <Table.Th w={56}>
                    <span className="visually-hidden">{t('named.actions')}</span>
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((field) => (
                <Table.Tr key={field.id}>
                  <Table.Td fw={500}>{field.name}</Table.Td>
                  <Table.Td>
                    {t(`fields.kind_${field.kind}`)}
                    {field.options.length > 0 && (
                      <Text size="xs" c="dimmed" lineClamp={1}>
                        {field.options.join(', ')}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td className={classes.wide}>
                    <Code>{field.key}</Code>
                  </Table.Td>
                  <Table.Td className={classes.wide}>{t(`fields.visibility_${field.visibility}`)}</Table.Td>
                  {mayWrite && (
                    <Table.Td>
                      <RowMenu of={field.name}>
                        <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(field)}>
                          {t('action.edit')}
                        </Menu.Item>
                        <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setRemoving(field)}>
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
      {editing && <FieldModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {removing && <Removal of={removing} onClose={() => setRemoving(null)} onConfirm={() => remove(removing)} />}
    </Page>
  );
}

function Removal({ of, onClose, onConfirm }: { of: Field; onClose: () => void; onConfirm: () => void }) {
  const { t } = useTranslation();
  const uses = useQuery({
    queryKey: ['fields', of.id, 'uses'],
    queryFn: () => body(api.GET('/api/fields/{id}/uses', { params: { path: { id: of.id } } })),
  });
  const names = (uses.data?.data ?? []).map(({ name }) => name).join(', ');
  return (
    <ConfirmModal
      opened
      onClose={onClose}
      title={t('named.delete', { name: of.name })}
      confirm={t('action.delete')}
      disabled={!uses.data || names !== ''}
      onConfirm={onConfirm}
    >
      <Text size="sm">{names ? t('fields.in_use', { names }) : t('fields.delete_text')}</Text>
    </ConfirmModal>
  );
}
