import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { viewsQuery } from '~/api/audience';
import { api, body } from '~/api/client';
import type { SavedView } from '~/api/schema';
import { applyFaults, Button, Checkbox, FormActions, FormError, Menu, Modal, Stack, TextInput, toast, useForm, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconBookmark, IconPlus, IconTrash } from '~/icons';
import type { SubscribersSearch } from '~/routes/_app.subscribers.index';

const route = getRouteApi('/_app/subscribers/');

interface Props {
  search: SubscribersSearch;
  shown: string[];
  onShown: (keys: string[]) => void;
}

/** Filters, order and columns under a name. */
export function Views({ search, shown, onShown }: Props) {
  const { t } = useTranslation();
  const { can, session } = useFrame();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const views = useQuery(viewsQuery);
  const { hidden, later } = useUndoable();
  const [saving, setSaving] = useState(false);
  const current = views.data?.find(({ id }) => id === search.view);
  const listed = (views.data ?? []).filter(({ id }) => !hidden.has(`view ${id}`));

  const open = (view: SavedView) => {
    if (view.columns.length > 0) onShown(view.columns);
    const { status, group, tag, segment, search: words } = view.filter;
    void navigate({
      search: {
        status: status ?? undefined,
        group: group ?? undefined,
        tag: tag ?? undefined,
        segment: segment ?? undefined,
        search: words ?? undefined,
        sort: view.sort,
        view: view.id,
      },
    });
  };
  const remove = (view: SavedView) =>
    later(`view ${view.id}`, t('views.deleted', { name: view.name }), async () => {
      await api.DELETE('/api/subscriber-views/{id}', { params: { path: { id: view.id } } });
      await queries.invalidateQueries({ queryKey: ['views'] });
    });

  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <Button variant="default" fw={500} leftSection={<IconBookmark size={15} />}>
            {current?.name ?? t('views.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {listed.map((view) => (
            <Menu.Item key={view.id} onClick={() => open(view)} rightSection={view.shared ? t('views.shared') : undefined}>
              {view.name}
            </Menu.Item>
          ))}
          {listed.length > 0 && <Menu.Divider />}
          {can('audience:read') && (
            <Menu.Item leftSection={<IconPlus size={15} />} onClick={() => setSaving(true)}>
              {t('views.save')}
            </Menu.Item>
          )}
          {current && (current.created_by.endsWith(session.user.id) || can('audience:write')) && (
            <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => remove(current)}>
              {t('views.delete', { name: current.name })}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <SaveView opened={saving} onClose={() => setSaving(false)} search={search} shown={shown} />
    </>
  );
}

function SaveView({ opened, onClose, search, shown }: { opened: boolean; onClose: () => void; search: SubscribersSearch; shown: string[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const form = useForm({ initialValues: { name: '', shared: false } });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) =>
      body(
        api.POST('/api/subscriber-views', {
          body: {
            ...entries,
            filter: {
              status: search.status ?? null,
              group: search.group ?? null,
              tag: search.tag ?? null,
              segment: search.segment ?? null,
              search: search.search ?? null,
            },
            columns: shown,
            sort: search.sort ?? 'newest',
          },
        }),
      ),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (view) => {
      await queries.invalidateQueries({ queryKey: ['views'] });
      toast.done(t('views.saved', { name: view.name }));
      form.reset();
      onClose();
      void navigate({ search: { ...search, view: view.id } });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t('views.save')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name']} />
          <TextInput label={t('views.name')} data-autofocus {...form.getInputProps('name')} />
          <Checkbox size="xs" label={t('views.share')} {...form.getInputProps('shared', { type: 'checkbox' })} />
          <FormActions onCancel={onClose} pending={save.isPending} label={t('views.save')} />
        </Stack>
      </form>
    </Modal>
  );
}
