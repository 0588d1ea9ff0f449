import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { brandQuery, setBrand } from '~/api/brand';
import { renderQuery } from '~/api/content';
import { isProblem } from '~/api/problem';
import type { Brand, BrandInput } from '~/api/schema';
import { accountQuery } from '~/api/session';
import { Button, Card, ErrorState, FormError, Group, MailFrame, NumberInput, SimpleGrid, Skeleton, Stack, Text, Textarea, TextInput, toast, useDebouncedValue, useDisclosure } from '~/components';
import { blankDocument } from '~/editor/blank';
import { documentOf } from '~/editor/document';
import { Profiles } from '~/editor/inspector/lists';
import { StyleFields } from '~/editor/inspector/StyleFields';
import { settingsOf } from '~/editor/model/settings';
import { shownAt } from '~/files/address';
import { FilePicker } from '~/files/FilePicker';
import files from '~/files/Files.module.css';
import { useFrame } from '~/frame/context';
import { IconPhoto } from '~/icons';
import { SettingsPage } from '../SettingsPage';

const TYPING_MS = 400;

/** What new mails begin with: logo, colors, fonts, foot. */
export default function BrandSettings() {
  const { t } = useTranslation();
  const brand = useQuery(brandQuery);
  return (
    <SettingsPage title={t('settings.brand')}>
      {brand.isPending && <Skeleton h={320} />}
      {brand.isError && <ErrorState error={brand.error} retry={() => void brand.refetch()} />}
      {brand.data && <BrandForm key={brand.data.version} brand={brand.data} />}
    </SettingsPage>
  );
}

function BrandForm({ brand }: { brand: Brand }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const language = useQuery(accountQuery).data?.language ?? 'en';
  const [draft, setDraft] = useState(brand);
  const [choosing, modal] = useDisclosure(false);
  const set = (change: Partial<Brand>) => setDraft((now) => ({ ...now, ...change }));
  const save = useMutation({
    mutationFn: () => {
      const { name: _, logo_url: __, version: ___, ...input } = draft;
      return setBrand({ ...input, logo_href: blank(input.logo_href), footer_text: blank(input.footer_text) } satisfies BrandInput, brand.version);
    },
    onError: (error) => {
      if (isProblem(error) && error.status === 412) void queries.invalidateQueries({ queryKey: ['brand'] });
    },
    onSuccess: async (saved) => {
      queries.setQueryData(brandQuery.queryKey, saved);
      await queries.invalidateQueries({ queryKey: ['account'] });
      toast.done(t('person.saved'));
    },
  });
  const fault = (field: string) => (isProblem(save.error) ? save.error.faults[field] : undefined);
  const may = can('settings:write');

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="md">
        <FormError error={save.error} fields={['logo_href', 'logo_width_px', 'footer_text', 'postal_address']} />
        <Text size="sm" c="dimmed">
          {t('brand.text')}
        </Text>
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: 'start' }}>
          <Stack gap="md">
            <Card title={t('brand.logo')}>
              <Stack gap="sm">
                <div className={files.field}>
                  <span className={files.small}>{draft.logo_url ? <img src={shownAt(draft.logo_url) ?? undefined} alt={t('brand.logo')} /> : <IconPhoto size={20} aria-hidden />}</span>
                  <Button variant="default" onClick={modal.open}>
                    {draft.logo_file_id ? t('files.other') : t('files.choose')}
                  </Button>
                  {draft.logo_file_id && (
                    <Button variant="subtle" color="gray" onClick={() => set({ logo_file_id: null, logo_url: null })}>
                      {t('brand.no_logo')}
                    </Button>
                  )}
                </div>
                <Group gap="sm" align="flex-start" grow>
                  <TextInput
                    size="xs"
                    label={t('brand.logo_href')}
                    placeholder="https://"
                    value={draft.logo_href ?? ''}
                    error={fault('logo_href')}
                    onChange={(event) => set({ logo_href: event.currentTarget.value })}
                  />
                  <NumberInput
                    size="xs"
                    label={t('prop.width_px')}
                    min={20}
                    max={600}
                    suffix=" px"
                    placeholder="140"
                    allowDecimal={false}
                    value={draft.logo_width_px ?? ''}
                    error={fault('logo_width_px')}
                    onChange={(value) => set({ logo_width_px: typeof value === 'number' ? value : null })}
                  />
                </Group>
              </Stack>
            </Card>
            <Card title={t('brand.look')}>
              <Stack gap="lg">
                <StyleFields settings={settingsOf(draft.settings)} onChange={(change) => set({ settings: { ...draft.settings, ...change } })} />
              </Stack>
            </Card>
            <Card title={t('brand.foot')}>
              <Stack gap="sm">
                <Textarea
                  size="xs"
                  label={t('brand.footer_text')}
                  description={t('brand.footer_text_hint')}
                  autosize
                  minRows={2}
                  value={draft.footer_text ?? ''}
                  error={fault('footer_text')}
                  onChange={(event) => set({ footer_text: event.currentTarget.value })}
                />
                <Textarea
                  size="xs"
                  label={t('setup.postal_address')}
                  description={t('setup.postal_address_hint')}
                  autosize
                  minRows={2}
                  value={draft.postal_address ?? ''}
                  error={fault('postal_address')}
                  onChange={(event) => set({ postal_address: event.currentTarget.value })}
                />
              </Stack>
            </Card>
            <Card title={t('block.social')}>
              <Profiles none links={draft.social} onChange={(social) => set({ social })} error={fault('social')} />
            </Card>
            {may && (
              <Group>
                <Button type="submit" size="sm" loading={save.isPending}>
                  {t('action.save')}
                </Button>
              </Group>
            )}
          </Stack>
          <div style={{ position: 'sticky', insetBlockStart: 72 }}>
            <Card title={t('brand.example')}>
              <Example brand={draft} language={language} />
            </Card>
          </div>
        </SimpleGrid>
      </Stack>
      <FilePicker
        opened={choosing}
        onClose={modal.close}
        chosen={draft.logo_url ?? undefined}
        onPick={(file) => {
          set({ logo_file_id: file.id, logo_url: file.url });
          modal.close();
        }}
      />
    </form>
  );
}

function blank(text: string | null): string | null {
  return text?.trim() ? text : null;
}

/** A new mail as it would begin. */
function Example({ brand, language }: { brand: Brand; language: string }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(brand, TYPING_MS);
  // The same ids each time, so that the same brand is the same question.
  const document = { ...blankDocument(language, settled) };
  document.blocks = document.blocks.map((block, index) => ({ ...block, id: `b${index}` }));
  const shown = useQuery({ ...renderQuery(documentOf({ subject: '', preheader: '', text: '', document }), undefined, true), placeholderData: keepPreviousData });
  if (shown.data?.html) return <MailFrame html={shown.data.html} device="desktop" title={t('preview.frame')} height={560} />;
  return shown.isError ? <ErrorState error={shown.error} retry={() => void shown.refetch()} /> : <Skeleton h={560} />;
}
