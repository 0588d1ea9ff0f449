import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { draftsQuery, feedActions } from '~/api/planning';
import { accountQuery } from '~/api/session';
import type { Feed, FeedMode } from '~/api/schema';
import { applyFaults, Code, FormActions, FormError, Modal, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput, TimeZoneSelect, toast, useForm } from '~/components';
import { RULE_FIELDS, ruleDraft, RuleFields, ruleOf } from '../series/RuleFields';

const MODES: FeedMode[] = ['each', 'digest'];
const FIELDS = ['name', 'url', 'campaign_id', 'mode', ...RULE_FIELDS, 'time_zone', 'every_minutes', 'most_items'];
/** How the merge fields of a draft name what is new. */
const LOOP = '{% for story in items %} {{ story.title }} {{ story.link }} {% endfor %}';

/** A feed, and the draft that is sent when there is news in it. */
export function FeedModal({ of, onClose }: { of: Feed | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const drafts = useQuery({ ...draftsQuery, enabled: !of });
  const account = useQuery(accountQuery);
  const form = useForm({
    initialValues: {
      name: of?.name ?? '',
      url: of?.url ?? 'https://',
      campaign_id: of?.campaign_id ?? '',
      mode: of?.mode ?? ('digest' as FeedMode),
      rule: ruleDraft(of?.rule),
      time_zone: of?.time_zone ?? account.data?.time_zone ?? 'UTC',
      every_minutes: of?.every_minutes ?? 60,
      most_items: of?.most_items ?? 10,
    },
  });
  const save = useMutation({
    mutationFn: ({ name, url, campaign_id, mode, time_zone, every_minutes, most_items, ...entries }: typeof form.values) => {
      const rule = mode === 'digest' ? { rule: ruleOf(entries.rule) } : {};
      const both = { name, every_minutes: Number(every_minutes), most_items: Number(most_items), ...rule };
      return of ? feedActions.change(of.id, both) : feedActions.follow({ ...both, url, campaign_id, mode, time_zone });
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ['feeds'] });
      toast.done(t('named.saved', { name: saved.name }));
      onClose();
    },
  });
  const { mode } = form.values;
  return (
    <Modal opened onClose={onClose} title={of ? t('feeds.edit') : t('feeds.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={FIELDS} />
          <TextInput label={t('named.name')} data-autofocus {...form.getInputProps('name')} />
          {!of && (
            <>
              <TextInput type="url" label={t('feeds.url')} description={t('feeds.url_hint')} autoComplete="off" {...form.getInputProps('url')} />
              <Select
                label={t('series_page.draft')}
                description={t('series_page.draft_hint')}
                placeholder={t('picker.choose')}
                nothingFoundMessage={t('picker.nothing')}
                searchable
                data={(drafts.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
                {...form.getInputProps('campaign_id')}
              />
              <div>
                <Text size="xs" c="dimmed" mb={4}>
                  {t('feeds.items_hint')}
                </Text>
                <Code block style={{ whiteSpace: 'pre-wrap' }}>{LOOP}</Code>
              </div>
              <Radio.Group label={t('feeds.mode')} {...form.getInputProps('mode')}>
                <Stack gap="xs" mt={6}>
                  {MODES.map((value) => (
                    <Radio key={value} value={value} label={t(`feeds.mode_${value}`)} description={t(`feeds.mode_${value}_hint`)} />
                  ))}
                </Stack>
              </Radio.Group>
            </>
          )}
          {mode === 'digest' && <RuleFields every={form.values.rule.every} field={form.getInputProps} />}
          {mode === 'digest' && !of && <TimeZoneSelect label={t('setup.time_zone')} {...form.getInputProps('time_zone')} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput
              size="sm"
              label={t('feeds.every_minutes')}
              min={15}
              max={1440}
              allowDecimal={false}
              suffix={` ${t('review.minutes')}`}
              {...form.getInputProps('every_minutes')}
            />
            {mode === 'digest' && <NumberInput size="sm" label={t('feeds.most_items')} min={1} max={50} allowDecimal={false} {...form.getInputProps('most_items')} />}
          </SimpleGrid>
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
