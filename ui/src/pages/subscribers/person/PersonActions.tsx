import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Subscriber } from '~/api/schema';
import { displayName, subscriberQuery } from '~/api/subscribers';
import { Button, ConfirmModal, Menu, Stack, Text, TextInput, toast, useUndoable } from '~/components';
import { IconDots, IconDownload, IconShield, IconTrash, IconUserMinus, IconUserPlus } from '~/icons';

/** What can be done with a person as a whole: leaving, coming back, their data, removal. */
export function PersonActions({ person }: { person: Subscriber }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { later } = useUndoable();
  const [erasing, setErasing] = useState(false);
  const [typed, setTyped] = useState('');
  const params = { params: { path: { id: person.id } } };
  const subscribed = person.status === 'active' || person.status === 'unconfirmed';

  const changeStatus = useMutation({
    mutationFn: (on: boolean) =>
      on
        ? body(api.POST('/api/subscribers/{id}/resubscribe', { ...params, body: {} }))
        : body(api.POST('/api/subscribers/{id}/unsubscribe', { ...params, body: {} })),
    onError: toast.failed,
    onSuccess: async (changed, on) => {
      queries.setQueryData(subscriberQuery(person.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ['subscribers'] });
      toast.done(on ? t('person.resubscribed') : t('person.unsubscribed'));
    },
  });
  const erase = useMutation({
    mutationFn: () => body(api.POST('/api/subscribers/{id}/erase', params)),
    onError: toast.failed,
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ['subscribers', person.id] });
      await navigate({ to: '/subscribers' });
      void queries.invalidateQueries({ queryKey: ['subscribers'] });
      toast.done(t('person.erased'));
    },
  });
  const remove = async () => {
    await navigate({ to: '/subscribers' });
    later(`subscriber ${person.id}`, t('person.deleted', { name: displayName(person) }), async () => {
      await api.DELETE('/api/subscribers/{id}', params);
      await queries.invalidateQueries({ queryKey: ['subscribers', 'list'] });
      void queries.invalidateQueries({ queryKey: ['segments'] });
    });
  };

  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="default" px={9} aria-label={t('person.more')}>
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {subscribed ? (
            <Menu.Item leftSection={<IconUserMinus size={16} />} onClick={() => changeStatus.mutate(false)}>
              {t('person.unsubscribe')}
            </Menu.Item>
          ) : (
            person.status === 'unsubscribed' && (
              <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={() => changeStatus.mutate(true)}>
                {t('person.resubscribe')}
              </Menu.Item>
            )
          )}
          <Menu.Label>{t('person.privacy')}</Menu.Label>
          {(['html', 'json'] as const).map((format) => (
            <Menu.Item
              key={format}
              leftSection={<IconDownload size={16} />}
              component="a"
              href={`/api/subscribers/${person.id}/export?format=${format}`}
              download
            >
              {t(`person.export_${format}`)}
            </Menu.Item>
          ))}
          <Menu.Item color="red" leftSection={<IconShield size={16} />} onClick={() => setErasing(true)}>
            {t('person.erase')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => void remove()}>
            {t('person.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmModal
        opened={erasing}
        onClose={() => setErasing(false)}
        title={t('person.erase_title', { name: displayName(person) })}
        confirm={t('person.erase')}
        busy={erase.isPending}
        disabled={typed.trim().toLowerCase() !== person.email.toLowerCase()}
        onConfirm={() => erase.mutate()}
      >
        <Stack gap="sm">
          <Text size="sm">{t('person.erase_text')}</Text>
          <TextInput label={t('person.type_email', { email: person.email })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        </Stack>
      </ConfirmModal>
    </>
  );
}
