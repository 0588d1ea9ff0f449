import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { embedCode, EMBEDS, POSITIONS, THEMES, type Embed, type EmbedOptions, type Position, type Theme } from '~/bookings/model/embed';
import { Button, Card, ColorInput, CopyButton, Group, SegmentedControl, Select, Stack, Text, TextInput, useMediaQuery } from '~/components';
import { IconCheck, IconCopy } from '~/icons';
import classes from './EventType.module.css';

/** What to put into another site, and how it looks there. */
export function EmbedCard({ link, color }: { link: string; color: string | null }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [kind, setKind] = useState<Embed>('inline');
  const [text, setText] = useState(() => t('booking.embed_text_default'));
  const [theme, setTheme] = useState<Theme>('auto');
  const [position, setPosition] = useState<Position>('bottom-right');
  const [own, setColor] = useState(color ?? '');
  const options: EmbedOptions = { kind, origin: location.origin, link, text, theme, color: /^#[0-9a-f]{6}$/i.test(own) ? own : '', position };
  const code = embedCode(options);
  const page = `/book/${link}${theme === 'auto' ? '' : `?theme=${theme}`}`;
  const worded = kind === 'popup' || kind === 'button' || kind === 'link';
  return (
    <Card title={t('booking.embed')}>
      <Stack gap="md">
        <SegmentedControl className={classes.kinds} fullWidth={narrow} orientation={narrow ? 'vertical' : 'horizontal'} aria-label={t('booking.embed_kind')} value={kind} onChange={(value) => setKind(value as Embed)} data={EMBEDS.map((value) => ({ value, label: t(`booking.embed_${value}`) }))} />
        <Text size="sm" c="dimmed">
          {t(`booking.embed_${kind}_hint`)}
        </Text>
        <div className={classes.two}>
          <Select label={t('booking.embed_theme')} data={THEMES.map((value) => ({ value, label: t(`booking.theme_${value}`) }))} value={theme} allowDeselect={false} onChange={(value) => value && setTheme(value as Theme)} />
          {worded && <TextInput label={t('booking.embed_text')} value={text} onChange={({ currentTarget }) => setText(currentTarget.value)} />}
          {kind === 'button' && (
            <>
              <ColorInput label={t('booking.color')} format="hex" value={own} onChange={setColor} eyeDropperButtonProps={{ 'aria-label': t('booking.color') }} />
              <Select label={t('booking.embed_position')} data={POSITIONS.map((value) => ({ value, label: t(`booking.position_${value}`) }))} value={position} allowDeselect={false} onChange={(value) => value && setPosition(value as Position)} />
            </>
          )}
        </div>
        <pre className={classes.code} role="group" aria-label={t('booking.embed_code')}>
          {code}
        </pre>
        <Group>
          <CopyButton value={code}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
                {copied ? t('tokens.copied') : t('booking.copy_code')}
              </Button>
            )}
          </CopyButton>
        </Group>
        <div>
          <Text component="h3" size="sm" fw={600} mt={0} mb="xs">
            {t('booking.preview')}
          </Text>
          {/* oxlint-disable-next-line react/iframe-missing-sandbox -- our own pages, which need their origin; they may not lead this window elsewhere */}
          <iframe key={page} className={classes.frame} title={t('booking.preview')} src={page} sandbox="allow-scripts allow-same-origin allow-forms" />
          <Text size="xs" c="dimmed" mt={6}>
            {t('booking.preview_text')}
          </Text>
        </div>
      </Stack>
    </Card>
  );
}
