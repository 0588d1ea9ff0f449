import { useTranslation } from 'react-i18next';
import type { Options } from '~/api/schema';
import { Card, MultiSelect, Radio, SimpleGrid, Stack, Textarea, useNamed } from '~/components';

/** What happens to whom. */
export function PolicyStep({ options, onChange }: { options: Options; onChange: (options: Options) => void }) {
  const { t } = useTranslation();
  const groups = useNamed('group');
  const tags = useNamed('tag');
  const set = (change: Partial<Options>) => onChange({ ...options, ...change });
  return (
    <Card>
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <Radio.Group
            label={t('import.existing')}
            value={options.existing}
            onChange={(value) => set({ existing: value as Options['existing'] })}
          >
            <Stack gap={8} mt={8}>
              <Radio size="xs" value="update" label={t('import.existing_update')} />
              <Radio size="xs" value="skip" label={t('import.existing_skip')} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={t('import.new_people')}
            value={options.new_people}
            onChange={(value) => set({ new_people: value as Options['new_people'] })}
          >
            <Stack gap={8} mt={8}>
              <Radio size="xs" value="create" label={t('import.new_create')} />
              <Radio size="xs" value="skip" label={t('import.new_skip')} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={t('import.status')}
            description={t('import.status_hint')}
            value={options.status}
            onChange={(value) => set({ status: value as Options['status'] })}
          >
            <Stack gap={8} mt={8}>
              <Radio size="xs" value="active" label={t('import.status_active')} />
              <Radio size="xs" value="unconfirmed" label={t('import.status_unconfirmed')} />
            </Stack>
          </Radio.Group>
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <MultiSelect label={t('import.groups')} data={groups} searchable value={options.groups} onChange={(value) => set({ groups: value })} />
          <MultiSelect label={t('import.tags')} data={tags} searchable value={options.tags} onChange={(value) => set({ tags: value })} />
        </SimpleGrid>
        <Textarea
          label={t('import.consent')}
          description={t('import.consent_hint')}
          autosize
          minRows={2}
          value={options.consent_text ?? ''}
          onChange={(event) => set({ consent_text: event.currentTarget.value || null })}
        />
      </Stack>
    </Card>
  );
}
