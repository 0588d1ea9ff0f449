import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { calendarActions, calendarsQuery } from '~/api/calendars';
import { Alert, applyFaults, FormError, Stack, Text, TextInput, toast, useForm } from '~/components';
import { FormFoot } from './FormFoot';

/** A calendar at an address that is read. */
export function FeedForm({ host, onBack, onDone }: { host: string; onBack: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { url: '', name: '' } });
  const connect = useMutation({
    mutationFn: ({ url, name }: typeof form.values) => calendarActions.connect(host, { kind: 'feed', url: url.trim(), ...(name.trim() ? { name: name.trim() } : {}) }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ connection }) => {
      await queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey });
      toast.done(t('named.saved', { name: connection.name }));
      onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => connect.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={connect.error} fields={['url', 'name']} />
        <Alert color="iris" variant="light">
          <Text size="sm">{t('calendars.feed_hint')}</Text>
        </Alert>
        <TextInput type="url" label={t('calendars.feed_address')} placeholder="https://" autoComplete="off" data-autofocus {...form.getInputProps('url')} />
        <TextInput label={t('named.name')} description={t('calendars.feed_name_hint')} {...form.getInputProps('name')} />
        <FormFoot onBack={onBack} pending={connect.isPending} />
      </Stack>
    </form>
  );
}
