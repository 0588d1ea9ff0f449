import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, setCsrfToken } from '~/api/client';
import { sessionQuery } from '~/api/session';
import { applyFaults, Button, Card, FormError, PasswordInput, Select, SimpleGrid, Stack, Text, toast, useForm, useMantineColorScheme } from '~/components';
import { useFrame } from '~/frame/context';
import { LANGUAGES, setLanguage, type Language } from '~/i18n';
import { SettingsPage } from '../SettingsPage';

export default function Profile() {
  const { t, i18n } = useTranslation();
  const { session } = useFrame();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SettingsPage title={t('settings.profile')}>
      <Card title={session.user.name}>
        <Text size="sm" c="dimmed">
          {session.user.email}
        </Text>
      </Card>
      <Card title={t('settings.looks')}>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={t('frame.language')}
            allowDeselect={false}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            value={i18n.language}
            onChange={(language) => void setLanguage(language as Language)}
          />
          <Select
            label={t('frame.appearance')}
            allowDeselect={false}
            data={[
              { value: 'auto', label: t('frame.system') },
              { value: 'light', label: t('frame.light') },
              { value: 'dark', label: t('frame.dark') },
            ]}
            value={colorScheme}
            onChange={(scheme) => setColorScheme(scheme as 'auto' | 'light' | 'dark')}
          />
        </SimpleGrid>
      </Card>
      <PasswordCard />
    </SettingsPage>
  );
}

function PasswordCard() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { current_password: '', new_password: '' } });
  const change = useMutation({
    mutationFn: (entries: typeof form.values) => body(api.PUT('/api/me/password', { body: entries })),
    onError: (error) => applyFaults(error, form),
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token);
      queries.setQueryData(sessionQuery.queryKey, session);
      form.reset();
      toast.done(t('settings.password_changed'));
    },
  });
  const show = { 'aria-label': t('sign_in.show_password') };
  return (
    <Card title={t('settings.password')}>
      <form onSubmit={form.onSubmit((entries) => change.mutate(entries))} noValidate>
        <Stack gap="md" align="flex-start">
          <FormError error={change.error} fields={['current_password', 'new_password']} />
          <SimpleGrid cols={{ base: 1, xs: 2 }} w="100%">
            <PasswordInput
              size="sm"
              label={t('settings.current_password')}
              autoComplete="current-password"
              visibilityToggleButtonProps={show}
              {...form.getInputProps('current_password')}
            />
            <PasswordInput
              size="sm"
              label={t('settings.new_password')}
              autoComplete="new-password"
              visibilityToggleButtonProps={show}
              {...form.getInputProps('new_password')}
            />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            {t('settings.password_hint')}
          </Text>
          <Button type="submit" loading={change.isPending}>
            {t('settings.change_password')}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
