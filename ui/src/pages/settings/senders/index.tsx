import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Sender } from '~/api/schema';
import { sendersQuery } from '~/api/sending';
import { applyFaults, Button, Card, EmptyState, ErrorState, FormActions, FormError, Menu, Modal, RowMenu, Skeleton, Stack, Text, TextInput, toast, useForm, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconEdit, IconPlus, IconTrash, IconUser } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';

/** Who mail comes from. */
export default function Senders() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const mayWrite = can('settings:write');
  const { hidden, later } = useUndoable();
  const senders = useQuery(sendersQuery);
  const [editing, setEditing] = useState<Sender | 'new' | null>(null);
  const shown = (senders.data ?? []).filter(({ id }) => !hidden.has(`sender ${id}`));
  return (
    <SettingsPage
      title={t('settings.senders')}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
            {t('senders.add')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed">
        {t('senders.about')}
      </Text>
      {senders.isPending && <Skeleton h={140} />}
      {senders.isError && <ErrorState error={senders.error} retry={() => void senders.refetch()} />}
      {senders.isSuccess && shown.length === 0 && (
        <EmptyState icon={<IconUser size={22} />} title={t('senders.none')}>
          {t('senders.none_text')}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <Card flush>
          {shown.map((sender) => (
            <div key={sender.id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {sender.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {sender.reply_to ? t('senders.answers', { email: sender.email, to: sender.reply_to }) : sender.email}
                </Text>
              </div>
              {mayWrite && (
                <RowMenu of={sender.name}>
                  <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(sender)}>
                    {t('action.edit')}
                  </Menu.Item>
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={15} />}
                    onClick={() =>
                      later(`sender ${sender.id}`, t('named.deleted', { name: sender.name }), async () => {
                        await api.DELETE('/api/senders/{id}', { params: { path: { id: sender.id } } });
                        await queries.invalidateQueries({ queryKey: ['senders'] });
                      })
                    }
                  >
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              )}
            </div>
          ))}
        </Card>
      )}
      {editing && <SenderModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SettingsPage>
  );
}

function SenderModal({ of, onClose }: { of: Sender | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: of?.name ?? '', email: of?.email ?? '', reply_to: of?.reply_to ?? '' } });
  const save = useMutation({
    mutationFn: ({ name, email, reply_to }: typeof form.values) =>
      of
        ? body(api.PATCH('/api/senders/{id}', { params: { path: { id: of.id } }, body: { name, email: email.trim(), reply_to: reply_to.trim() } }))
        : body(api.POST('/api/senders', { body: { name, email: email.trim(), reply_to: reply_to.trim() || null } })),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ['senders'] });
      toast.done(t('named.saved', { name: saved.name }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={of ? t('senders.edit') : t('senders.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name', 'email', 'reply_to']} />
          <TextInput label={t('setup.sender_name')} data-autofocus {...form.getInputProps('name')} />
          <TextInput label={t('setup.sender_email')} type="email" {...form.getInputProps('email')} />
          <TextInput label={t('settings.reply_to')} description={t('senders.reply_hint')} type="email" {...form.getInputProps('reply_to')} />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
