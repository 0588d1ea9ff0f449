import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, setCsrfToken } from '~/api/client';
import type { Setup } from '~/api/schema';
import { sessionQuery } from '~/api/session';
import { applyFaults, Button, FormError, ownTimeZone, PasswordInput, Stack, TextInput, TimeZoneSelect, useForm } from '~/components';

const FIELDS = ['name', 'email', 'password', 'account_name', 'time_zone'];

export function OwnerStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { name: '', email: '', password: '', account_name: '', time_zone: ownTimeZone() },
  });
  const create = useMutation({
    mutationFn: (entries: Setup) => body(api.POST('/api/setup', { body: entries })),
    onError: (error) => applyFaults(error, form),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      queries.setQueryData(sessionQuery.queryKey, session);
      onDone();
    },
  });

  return (
    <form onSubmit={form.onSubmit((entries) => create.mutate({ ...entries, email: entries.email.trim() }))} noValidate>
      <Stack gap="md">
        <FormError error={create.error} fields={FIELDS} />
        <TextInput label={t('setup.name')} autoComplete="name" required withAsterisk={false} {...form.getInputProps('name')} />
        <TextInput
          label={t('setup.email')}
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('setup.password')}
          description={t('setup.password_hint')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          size="sm"
          visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
          {...form.getInputProps('password')}
        />
        <TextInput
          label={t('setup.account_name')}
          description={t('setup.account_name_hint')}
          autoComplete="organization"
          required
          withAsterisk={false}
          {...form.getInputProps('account_name')}
        />
        <TimeZoneSelect label={t('setup.time_zone')} description={t('setup.time_zone_hint')} {...form.getInputProps('time_zone')} />
        <Button type="submit" size="sm" loading={create.isPending} style={{ alignSelf: 'flex-end' }}>
          {t('setup.create_owner')}
        </Button>
      </Stack>
    </form>
  );
}
