import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { accountQuery, sessionQuery } from '~/api/session';
import { applyFaults, Button, FormError, Group, Stack, Textarea, TextInput, useForm } from '~/components';

const FIELDS = ['sender_name', 'sender_email', 'postal_address'];

export function SenderStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const session = queries.getQueryData(sessionQuery.queryKey);
  const account = session?.accounts.find(({ id }) => id === session.account);
  const form = useForm({
    initialValues: { sender_name: account?.name ?? '', sender_email: session?.user.email ?? '', postal_address: '' },
  });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) =>
      body(
        api.PATCH('/api/account', {
          body: {
            sender_name: entries.sender_name.trim() || null,
            sender_email: entries.sender_email.trim() || null,
            postal_address: entries.postal_address.trim() || null,
          },
        }),
      ),
    onError: (error) => applyFaults(error, form),
    onSuccess: (changed) => {
      queries.setQueryData(accountQuery.queryKey, changed);
      onDone();
    },
  });

  return (
    <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={save.error} fields={FIELDS} />
        <TextInput
          label={t('setup.sender_name')}
          description={t('setup.sender_name_hint')}
          data-autofocus
          {...form.getInputProps('sender_name')}
        />
        <TextInput
          label={t('setup.sender_email')}
          description={t('setup.sender_email_hint')}
          type="email"
          {...form.getInputProps('sender_email')}
        />
        <Textarea
          label={t('setup.postal_address')}
          description={t('setup.postal_address_hint')}
          autosize
          minRows={2}
          autoComplete="street-address"
          {...form.getInputProps('postal_address')}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="sm" onClick={onDone}>
            {t('setup.later')}
          </Button>
          <Button type="submit" size="sm" loading={save.isPending}>
            {t('setup.save_sender')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
