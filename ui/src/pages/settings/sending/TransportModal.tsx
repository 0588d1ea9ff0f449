import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Encryption, Transport } from '~/api/schema';
import { applyFaults, Checkbox, FormActions, FormError, Modal, NumberInput, PasswordInput, Select, SimpleGrid, Stack, TextInput, toast, useForm } from '~/components';

const ENCRYPTIONS: Encryption[] = ['starttls', 'tls', 'none'];

/** A mail server that takes our mail. */
export function TransportModal({ of, onClose }: { of: Transport | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      name: of?.name ?? '',
      smtp: {
        host: of?.smtp?.host ?? '',
        port: of?.smtp?.port ?? 587,
        encryption: of?.smtp?.encryption ?? ('starttls' as Encryption),
        username: of?.smtp?.username ?? '',
      },
      password: '',
      failover_order: (of?.failover_order ?? '') as number | '',
      is_default: of?.is_default ?? true,
    },
  });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => {
      const smtp = { ...of?.smtp, ...entries.smtp, username: entries.smtp.username || null };
      const failover_order = entries.failover_order === '' ? null : entries.failover_order;
      const common = { name: entries.name, smtp, failover_order, ...(entries.password ? { password: entries.password } : {}) };
      return of
        ? body(
            api.PATCH('/api/transports/{id}', {
              params: { path: { id: of.id } },
              body: { ...common, ...(entries.is_default === of.is_default ? {} : { is_default: entries.is_default }) },
            }),
          )
        : body(api.POST('/api/transports', { body: { ...common, kind: 'smtp', is_default: entries.is_default } }));
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ['transports'] });
      toast.done(t('named.saved', { name: saved.name }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={of ? t('transports.edit') : t('transports.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name', 'smtp.host', 'smtp.port', 'smtp.encryption', 'smtp.username', 'password', 'failover_order']} />
          <TextInput label={t('named.name')} description={t('transports.name_hint')} data-autofocus {...form.getInputProps('name')} />
          <SimpleGrid cols={2}>
            <TextInput label={t('transports.host')} placeholder="smtp.example.com" {...form.getInputProps('smtp.host')} />
            <NumberInput size="sm" label={t('transports.port')} min={1} max={65_535} allowDecimal={false} {...form.getInputProps('smtp.port')} />
          </SimpleGrid>
          <Select
            label={t('transports.encryption')}
            data={ENCRYPTIONS.map((value) => ({ value, label: t(`transports.encryption_${value}`) }))}
            allowDeselect={false}
            {...form.getInputProps('smtp.encryption')}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('transports.username')} autoComplete="off" {...form.getInputProps('smtp.username')} />
            <PasswordInput
              size="sm"
              label={t('setup.password')}
              autoComplete="new-password"
              placeholder={of?.has_password ? t('transports.password_kept') : undefined}
              visibilityToggleButtonProps={{ 'aria-label': t('sign_in.show_password') }}
              {...form.getInputProps('password')}
            />
          </SimpleGrid>
          <NumberInput
            size="sm"
            label={t('transports.failover')}
            description={t('transports.failover_hint')}
            min={1}
            allowDecimal={false}
            allowNegative={false}
            {...form.getInputProps('failover_order')}
          />
          <Checkbox size="xs" label={t('transports.use_by_default')} {...form.getInputProps('is_default', { type: 'checkbox' })} />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
