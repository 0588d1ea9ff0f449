import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { bookingSettingsQuery } from '~/api/bookings';
import type { EventType } from '~/api/schema';
import { addressOf } from '~/bookings/address';
import { Anchor, Button, Card, CopyButton, Group, Stack, Switch, TagsInput, Text, TextInput } from '~/components';
import { IconCheck, IconCopy, IconExternalLink } from '~/icons';
import { useEditing } from './draft';
import { EmbedCard } from './EmbedCard';

/** Where visitors book it, who finds that, and how it is shown on other sites. */
export function PageTab({ eventType }: { eventType: EventType }) {
  const { t } = useTranslation();
  const { draft, put, set, fault, disabled } = useEditing();
  const { settings } = draft;
  const page = useQuery(bookingSettingsQuery);
  const address = page.data && addressOf(page.data.page, eventType.slug);
  return (
    <Stack gap="md">
      <Card title={t('booking.page_of_type')}>
        <Stack gap="sm">
          {address && (
            <Group gap="xs">
              <Anchor href={address} target="_blank" rel="noopener" size="sm" style={{ overflowWrap: 'anywhere' }}>
                {address}
              </Anchor>
              <CopyButton value={address}>
                {({ copied, copy }) => (
                  <Button variant="default" size="compact-sm" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>
                    {copied ? t('tokens.copied') : t('booking.copy_link')}
                  </Button>
                )}
              </CopyButton>
              <Button component="a" href={address} target="_blank" rel="noopener" variant="default" size="compact-sm" leftSection={<IconExternalLink size={14} />}>
                {t('booking.open_page')}
              </Button>
            </Group>
          )}
          {!eventType.enabled && (
            <Text size="sm" c="var(--warn)">
              {t('booking.page_off')}
            </Text>
          )}
          <Switch label={t('booking.private')} description={t('booking.private_hint')} checked={draft.private} disabled={disabled} onChange={({ currentTarget }) => put({ private: currentTarget.checked })} />
          <TextInput type="url" label={t('booking.redirect')} description={t('booking.redirect_hint')} placeholder="https://" value={settings.redirect_url ?? ''} error={fault('settings.redirect_url')} disabled={disabled} onChange={({ currentTarget }) => set({ redirect_url: currentTarget.value || null })} />
          <TagsInput
            label={t('booking.origins')}
            description={t('booking.origins_hint')}
            placeholder={settings.embed_origins.length === 0 ? 'https://example.com' : undefined}
            value={settings.embed_origins}
            error={fault('settings.embed_origins')}
            clearable={false}
            disabled={disabled}
            onChange={(embed_origins) => set({ embed_origins })}
          />
        </Stack>
      </Card>
      {page.data && <EmbedCard link={`${page.data.page}/${eventType.slug}`} color={eventType.settings.color ?? null} />}
    </Stack>
  );
}
