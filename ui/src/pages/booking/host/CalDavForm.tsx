import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarActions, calendarsQuery } from '~/api/calendars';
import { Alert, Anchor, applyFaults, FormError, PasswordInput, SegmentedControl, Stack, Text, TextInput, toast, useForm, useMediaQuery } from '~/components';
import { FormFoot } from './FormFoot';
import { ALL_SERVICES, SERVICES, type Service } from './services';

/** An account on a server with CalDAV. */
export function CalDavForm({ host, onBack, onDone }: { host: string; onBack: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const narrow = useMediaQuery('(max-width: 40em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [service, setService] = useState<Service>('apple');
  const form = useForm({ initialValues: { address: SERVICES.apple.address as string, user_name: '', password: '' } });
  const connect = useMutation({
    mutationFn: ({ address, user_name, password }: typeof form.values) => calendarActions.connect(host, { kind: 'caldav', address: address.trim(), user_name: user_name.trim(), password }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ connection }) => {
      await queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey });
      toast.done(t('named.saved', { name: connection.name }));
      onDone();
    },
  });
  const { address, passwords } = SERVICES[service];
  return (
    <form onSubmit={form.onSubmit((entries) => connect.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={connect.error} fields={['address', 'user_name', 'password']} />
        <SegmentedControl
          fullWidth
          orientation={narrow ? 'vertical' : 'horizontal'}
          aria-label={t('calendars.service')}
          value={service}
          data={ALL_SERVICES.map((value) => ({ value, label: t(`calendars.service_${value}`) }))}
          onChange={(value) => {
            const chosen = value as Service;
            setService(chosen);
            form.setFieldValue('address', SERVICES[chosen].address);
            form.clearErrors();
          }}
        />
        <Alert color="iris" variant="light">
          <Text size="sm">
            {t(`calendars.service_${service}_hint`)}{' '}
            {passwords && (
              <Anchor href={passwords} target="_blank" rel="noopener noreferrer" size="sm" underline="always">
                {t('calendars.make_password')}
              </Anchor>
            )}
          </Text>
        </Alert>
        {address === '' && (
          <TextInput type="url" label={t('calendars.server')} placeholder={service === 'nextcloud' ? 'https://cloud.example.com/remote.php/dav' : 'https://'} autoComplete="off" data-autofocus {...form.getInputProps('address')} />
        )}
        <TextInput label={t('calendars.user_name')} description={t(`calendars.user_${service}`)} autoComplete="off" data-autofocus={address === '' ? undefined : true} {...form.getInputProps('user_name')} />
        <PasswordInput label={t('calendars.password')} autoComplete="off" visibilityToggleButtonProps={{ 'aria-label': t('calendars.show_password') }} aria-invalid={form.errors.password !== undefined} {...form.getInputProps('password')} />
        {address !== '' && form.errors.address && (
          <Text size="sm" c="var(--bad)" role="alert">
            {form.errors.address}
          </Text>
        )}
        <FormFoot onBack={onBack} pending={connect.isPending} />
      </Stack>
    </form>
  );
}
