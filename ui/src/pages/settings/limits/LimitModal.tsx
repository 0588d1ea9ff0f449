import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Scope, SendLimit } from '~/api/schema';
import { sendersQuery } from '~/api/sending';
import { transportsQuery } from '~/api/settings';
import { applyFaults, Checkbox, FormActions, FormError, Modal, NumberInput, Select, SimpleGrid, Stack, Text, TextInput, toast, useForm } from '~/components';

const SCOPES: Scope[] = ['account', 'domain', 'sender', 'transport'];
/** Empty is no limit. */
type Amount = number | '';

/** How much is sent at most by whom or to whom. */
export function LimitModal({ of, onClose }: { of: SendLimit | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      scope: of?.scope ?? ('account' as Scope),
      key: of?.key ?? '',
      per_minute: (of?.per_minute ?? '') as Amount,
      per_hour: (of?.per_hour ?? '') as Amount,
      per_day: (of?.per_day ?? '') as Amount,
      warms: Boolean(of?.warm_up),
      warm_up: { first_day: of?.warm_up?.first_day ?? 200, growth_percent: of?.warm_up?.growth_percent ?? 50 },
    },
  });
  const { scope, warms } = form.values;
  const senders = useQuery({ ...sendersQuery, enabled: scope === 'sender' });
  const transports = useQuery({ ...transportsQuery, enabled: scope === 'transport' });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => {
      const amount = (value: Amount) => (value === '' ? null : value);
      const numbers = {
        per_minute: amount(entries.per_minute),
        per_hour: amount(entries.per_hour),
        per_day: amount(entries.per_day),
        // A warm-up that has begun goes on from where it is.
        warm_up: entries.warms ? { ...entries.warm_up, ...(of?.warm_up?.started_at ? { started_at: of.warm_up.started_at } : {}) } : null,
      };
      return of
        ? body(api.PATCH('/api/send-limits/{id}', { params: { path: { id: of.id } }, body: numbers }))
        : body(api.POST('/api/send-limits', { body: { scope: entries.scope, key: entries.scope === 'account' ? '' : entries.key.trim(), ...numbers } }));
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['send-limits'] });
      toast.done(t('person.saved'));
      onClose();
    },
  });
  const number = (field: 'per_minute' | 'per_hour' | 'per_day') => (
    <NumberInput size="sm" label={t(`limits.${field}`)} min={1} allowDecimal={false} allowNegative={false} thousandSeparator {...form.getInputProps(field)} />
  );
  return (
    <Modal opened onClose={onClose} title={of ? t('limits.edit') : t('limits.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['scope', 'key', 'per_minute', 'per_hour', 'per_day', 'warm_up.first_day', 'warm_up.growth_percent']} />
          <Select
            label={t('limits.scope')}
            data={SCOPES.map((value) => ({ value, label: t(`limits.scope_${value}`) }))}
            allowDeselect={false}
            disabled={Boolean(of)}
            data-autofocus
            {...form.getInputProps('scope')}
          />
          {scope === 'domain' && (
            <TextInput label={t('limits.domain')} description={t('limits.domain_hint')} placeholder="example.com" disabled={Boolean(of)} {...form.getInputProps('key')} />
          )}
          {scope === 'sender' && (
            <Select
              label={t('limits.sender')}
              placeholder={t('picker.choose')}
              nothingFoundMessage={t('picker.nothing')}
              data={[...new Set([...(senders.data ?? []).map(({ email }) => email), ...(of ? [of.key] : [])])]}
              searchable
              disabled={Boolean(of)}
              {...form.getInputProps('key')}
            />
          )}
          {scope === 'transport' && (
            <Select
              label={t('limits.transport')}
              placeholder={t('picker.choose')}
              nothingFoundMessage={t('picker.nothing')}
              data={(transports.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              disabled={Boolean(of)}
              {...form.getInputProps('key')}
            />
          )}
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            {number('per_minute')}
            {number('per_hour')}
            {number('per_day')}
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            {t('limits.empty_hint')}
          </Text>
          <Checkbox size="xs" label={t('limits.warm_up')} description={t('limits.warm_up_hint')} {...form.getInputProps('warms', { type: 'checkbox' })} />
          {warms && (
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <NumberInput size="sm" label={t('limits.first_day')} min={1} allowDecimal={false} thousandSeparator {...form.getInputProps('warm_up.first_day')} />
              <NumberInput size="sm" label={t('limits.growth')} min={1} max={1000} allowDecimal={false} suffix=" %" {...form.getInputProps('warm_up.growth_percent')} />
            </SimpleGrid>
          )}
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
