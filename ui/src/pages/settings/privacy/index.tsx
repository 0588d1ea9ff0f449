import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { PrivacySettings } from '~/api/schema';
import { privacyQuery } from '~/api/settings';
import { applyFaults, Button, Card, ErrorState, FormError, NumberInput, Skeleton, Stack, Text, TextLink, toast, useForm } from '~/components';
import { useFrame } from '~/frame/context';
import { SettingsPage } from '../SettingsPage';

/** How long things are kept. */
export default function Privacy() {
  const { t } = useTranslation();
  const settings = useQuery(privacyQuery);
  return (
    <SettingsPage title={t('settings.privacy')}>
      {settings.isPending && <Skeleton h={280} />}
      {settings.isError && <ErrorState error={settings.error} retry={() => void settings.refetch()} />}
      {settings.data && <Retention settings={settings.data} />}
      <Card title={t('privacy.of_one')}>
        <Stack gap={8} align="flex-start">
          <Text size="sm">{t('privacy.of_one_text')}</Text>
          <TextLink to="/subscribers">{t('privacy.find_person')}</TextLink>
        </Stack>
      </Card>
    </SettingsPage>
  );
}

function Retention({ settings }: { settings: PrivacySettings }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const readOnly = !can('settings:write');
  const form = useForm({
    initialValues: { event_days: (settings.event_days ?? '') as number | '', ip_days: (settings.ip_days ?? '') as number | '' },
  });
  const save = useMutation({
    mutationFn: ({ event_days, ip_days }: typeof form.values) =>
      body(api.PUT('/api/privacy', { body: { event_days: event_days === '' ? null : event_days, ip_days: ip_days === '' ? null : ip_days } })),
    onError: (error) => applyFaults(error, form),
    onSuccess: (saved) => {
      queries.setQueryData(privacyQuery.queryKey, saved);
      toast.done(t('person.saved'));
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
      <Card title={t('privacy.retention')}>
        <Stack gap="md">
          <FormError error={save.error} fields={['event_days', 'ip_days']} />
          <NumberInput
            size="sm"
            label={t('privacy.event_days')}
            description={t('privacy.event_days_hint')}
            placeholder={t('privacy.for_ever')}
            suffix={` ${t('privacy.days')}`}
            allowDecimal={false}
            allowNegative={false}
            readOnly={readOnly}
            {...form.getInputProps('event_days')}
          />
          <NumberInput
            size="sm"
            label={t('privacy.ip_days')}
            description={t('privacy.ip_days_hint')}
            placeholder={t('privacy.for_ever')}
            suffix={` ${t('privacy.days')}`}
            allowDecimal={false}
            allowNegative={false}
            readOnly={readOnly}
            {...form.getInputProps('ip_days')}
          />
          <Text size="xs" c="dimmed">
            {t('privacy.no_way_back')}
          </Text>
          {!readOnly && (
            <Button type="submit" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
              {t('action.save')}
            </Button>
          )}
        </Stack>
      </Card>
    </form>
  );
}
