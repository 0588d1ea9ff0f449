import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body, setCsrfToken } from '~/api/client';
import { sessionQuery } from '~/api/session';
import { applyFaults, Button, FormError, PasswordInput, Stack, TextInput, useForm } from '~/components';
import { Door } from '~/frame/Door';

const route = getRouteApi('/sign-in');

export default function SignIn() {
  const { t } = useTranslation();
  const { to } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  const form = useForm({ mode: 'uncontrolled', initialValues: { email: '', password: '' } });

  const signIn = useMutation({
    mutationFn: (entries: { email: string; password: string }) => body(api.POST('/api/session', { body: entries })),
    onError: (error) => applyFaults(error, form),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, session);
      // Only a way within the app is followed.
      router.history.push(to?.startsWith('/') && !to.startsWith('//') ? `/app${to.replace(/^\/app/, '')}` : '/app/');
    },
  });

  return (
    <Door title={t('sign_in.title')}>
      <form onSubmit={form.onSubmit((entries) => signIn.mutate(entries))} noValidate>
        <Stack gap="md" mt="md">
          <FormError error={signIn.error} fields={['email', 'password']} />
          <TextInput
            label={t('sign_in.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t('sign_in.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="sm"
            visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <Button type="submit" size="sm" loading={signIn.isPending} fullWidth>
            {t('sign_in.action')}
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
