import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { draftsQuery } from '~/api/planning';
import { accountQuery } from '~/api/session';
import type { CampaignSeries } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, Select, Stack, TextInput, TimeZoneSelect, toast, useForm } from '~/components';
import { RULE_FIELDS, ruleDraft, RuleFields, ruleOf } from './RuleFields';

/** A draft that is sent again and again. */
export function SeriesModal({ of, onClose }: { of: CampaignSeries | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const drafts = useQuery({ ...draftsQuery, enabled: !of });
  const account = useQuery(accountQuery);
  const form = useForm({
    initialValues: {
      name: of?.name ?? '',
      campaign_id: of?.campaign_id ?? '',
      rule: ruleDraft(of?.rule),
      time_zone: of?.time_zone ?? account.data?.time_zone ?? 'UTC',
    },
  });
  const save = useMutation({
    mutationFn: ({ name, campaign_id, time_zone, ...entries }: typeof form.values) => {
      const rule = ruleOf(entries.rule);
      return of
        ? body(api.PATCH('/api/campaign-series/{id}', { params: { path: { id: of.id } }, body: { name, rule, time_zone } }))
        : body(api.POST('/api/campaign-series', { body: { name, campaign_id, rule, time_zone } }));
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ['series'] });
      void queries.invalidateQueries({ queryKey: ['calendar'] });
      toast.done(t('named.saved', { name: saved.name }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={of ? t('series_page.edit') : t('series_page.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name', 'campaign_id', ...RULE_FIELDS, 'time_zone']} />
          <TextInput label={t('named.name')} data-autofocus {...form.getInputProps('name')} />
          {!of && (
            <Select
              label={t('series_page.draft')}
              description={t('series_page.draft_hint')}
              placeholder={t('picker.choose')}
              nothingFoundMessage={t('picker.nothing')}
              searchable
              data={(drafts.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('campaign_id')}
            />
          )}
          <RuleFields every={form.values.rule.every} field={form.getInputProps} />
          <TimeZoneSelect label={t('setup.time_zone')} {...form.getInputProps('time_zone')} />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
