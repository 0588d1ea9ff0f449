import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Role } from '~/api/schema';
import { membersQuery, ROLES } from '~/api/settings';
import { ActionIcon, applyFaults, Button, Card, ErrorState, FormActions, FormError, Modal, Select, Skeleton, Stack, Text, TextInput, toast, useForm, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconPlus, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';

export default function Members() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { session } = useFrame();
  const { hidden, later } = useUndoable();
  const members = useQuery(membersQuery);
  const [adding, setAdding] = useState(false);
  const shown = (members.data ?? []).filter(({ id }) => !hidden.has(`member ${id}`));
  const change = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => body(api.PATCH('/api/users/{id}', { params: { path: { id } }, body: { role } })),
    onError: toast.failed,
    onSuccess: () => toast.done(t('person.saved')),
    onSettled: () => queries.invalidateQueries({ queryKey: ['users'] }),
  });

  return (
    <SettingsPage
      title={t('settings.members')}
      actions={
        <Button leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
          {t('members.add')}
        </Button>
      }
    >
      {members.isPending && <Skeleton h={180} />}
      {members.isError && <ErrorState error={members.error} retry={() => void members.refetch()} />}
      {members.data && (
        <Card flush title={t('members.count', { count: shown.length })}>
          {shown.map((member) => (
            <div key={member.id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {member.name || member.email}
                </Text>
                <Text size="xs" c="dimmed">
                  {member.email}
                </Text>
              </div>
              <Select
                size="xs"
                w={150}
                aria-label={t('members.role_of', { name: member.name || member.email })}
                data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
                value={member.role}
                allowDeselect={false}
                disabled={member.id === session.user.id}
                onChange={(role) => role && change.mutate({ id: member.id, role: role as Role })}
              />
              {member.id !== session.user.id && (
                <ActionIcon
                  aria-label={t('members.remove', { name: member.name || member.email })}
                  onClick={() =>
                    later(`member ${member.id}`, t('members.removed', { name: member.name || member.email }), async () => {
                      await api.DELETE('/api/users/{id}', { params: { path: { id: member.id } } });
                      await queries.invalidateQueries({ queryKey: ['users'] });
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
      <Card title={t('members.roles')}>
        <Stack gap={6}>
          {ROLES.map((role) => (
            <Text key={role} size="sm">
              <b>{t(`role.${role}`)}</b>: {t(`role_about.${role}`)}
            </Text>
          ))}
        </Stack>
      </Card>
      {adding && <AddMember onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

function AddMember({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { email: '', name: '', password: '', role: 'editor' as Role } });
  const add = useMutation({
    mutationFn: (entries: typeof form.values) =>
      body(
        api.POST('/api/users', {
          body: { email: entries.email.trim(), role: entries.role, name: entries.name.trim() || null, password: entries.password || null },
        }),
      ),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (member) => {
      await queries.invalidateQueries({ queryKey: ['users'] });
      toast.done(t('named.added', { name: member.name || member.email }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('members.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['email', 'name', 'password', 'role']} />
          <TextInput label={t('subscriber.email')} type="email" data-autofocus {...form.getInputProps('email')} />
          <Select
            label={t('members.role')}
            data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            allowDeselect={false}
            {...form.getInputProps('role')}
          />
          <TextInput label={t('named.name')} description={t('members.new_only')} {...form.getInputProps('name')} />
          <TextInput label={t('members.first_password')} description={t('members.password_hint')} autoComplete="off" {...form.getInputProps('password')} />
          <FormActions onCancel={onClose} pending={add.isPending} label={t('members.add')} />
        </Stack>
      </form>
    </Modal>
  );
}
