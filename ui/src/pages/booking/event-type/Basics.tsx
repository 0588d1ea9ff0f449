import { useTranslation } from 'react-i18next';
import type { Location } from '~/api/schema';
import { ActionIcon, Button, Card, ColorInput, Group, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput } from '~/components';
import { useLength } from '~/bookings/words';
import { IconPlus, IconTrash } from '~/icons';
import classes from './EventType.module.css';
import { useEditing } from './draft';

const KINDS = ['link', 'in_person', 'call_invitee', 'call_host', 'other'] as const;
type Kind = Location['kind'];

/** Those that pass with dark and light text around them. */
const COLORS = ['#5a4fc4', '#2767d2', '#0e7a4c', '#9d4e0a', '#b42626', '#8a3ab9', '#0f766e', '#565663'];
const LONGEST = 1440;

const EMPTY: Record<Kind, Location> = {
  link: { kind: 'link', url: '' },
  in_person: { kind: 'in_person', address: '' },
  call_invitee: { kind: 'call_invitee' },
  call_host: { kind: 'call_host', phone: '' },
  other: { kind: 'other', text: '' },
};

export function Basics() {
  const { t } = useTranslation();
  const length = useLength();
  const { draft, put, set, fault, disabled } = useEditing();
  const { settings } = draft;
  return (
    <Stack gap="md">
      <Card>
        <Stack gap="md">
          <TextInput label={t('booking.title')} value={draft.title} error={fault('title')} disabled={disabled} onChange={({ currentTarget }) => put({ title: currentTarget.value })} />
          <TextInput
            label={t('booking.slug')}
            description={t('booking.slug_hint')}
            value={draft.slug}
            error={fault('slug')}
            disabled={disabled}
            onChange={({ currentTarget }) => put({ slug: currentTarget.value.toLowerCase().replace(/[^a-z0-9-]+/g, '-') })}
          />
          <Textarea
            label={t('booking.description')}
            description={t('booking.description_hint')}
            autosize
            minRows={3}
            value={settings.description ?? ''}
            error={fault('settings.description')}
            disabled={disabled}
            onChange={({ currentTarget }) => set({ description: currentTarget.value || null })}
          />
          <TagsInput
            label={t('booking.durations')}
            description={t('booking.durations_hint', { example: settings.durations.map(length).join(', ') })}
            value={settings.durations.map(String)}
            error={fault('settings.durations')}
            disabled={disabled}
            clearable={false}
            onChange={(texts) => {
              const minutes = [...new Set(texts.map(Number).filter((one) => Number.isInteger(one) && one > 0 && one <= LONGEST))];
              if (minutes.length > 0) set({ durations: minutes });
            }}
          />
          <ColorInput
            label={t('booking.color')}
            swatches={COLORS}
            format="hex"
            value={settings.color ?? ''}
            error={fault('settings.color')}
            disabled={disabled}
            eyeDropperButtonProps={{ 'aria-label': t('booking.color') }}
            onChange={(color) => set({ color: color || null })}
          />
        </Stack>
      </Card>
      <Card title={t('booking.where')}>
        <Stack gap="sm">
          {settings.locations.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('booking.where_text')}
            </Text>
          )}
          {settings.locations.map((location, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- what is typed stays where it is
            <Place key={index} n={index + 1} location={location} error={fault(`settings.locations[${index}]`)} disabled={disabled} onChange={(changed) => set({ locations: settings.locations.with(index, changed) })} onRemove={() => set({ locations: settings.locations.toSpliced(index, 1) })} />
          ))}
          {!disabled && (
            <Group>
              <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => set({ locations: [...settings.locations, EMPTY.link] })}>
                {t('booking.add_place')}
              </Button>
            </Group>
          )}
        </Stack>
      </Card>
      <Card>
        <Switch label={t('booking.enabled')} description={t('booking.enabled_hint')} checked={draft.enabled} disabled={disabled} onChange={({ currentTarget }) => put({ enabled: currentTarget.checked })} />
      </Card>
    </Stack>
  );
}

interface PlaceProps {
  n: number;
  location: Location;
  error?: string;
  disabled: boolean;
  onChange: (location: Location) => void;
  onRemove: () => void;
}

function Place({ n, location, error, disabled, onChange, onRemove }: PlaceProps) {
  const { t } = useTranslation();
  const text = (label: string, value: string, to: (text: string) => Location, type?: 'url' | 'tel') => (
    <TextInput type={type} label={label} value={value} error={error} disabled={disabled} onChange={({ currentTarget }) => onChange(to(currentTarget.value))} />
  );
  return (
    <div className={classes.place} role="group" aria-label={t('booking.place_n', { n })}>
      <Select
        label={t('booking.place_kind')}
        data={KINDS.map((kind) => ({ value: kind, label: t(`booking.place_${kind}`) }))}
        value={location.kind}
        allowDeselect={false}
        disabled={disabled}
        onChange={(kind) => kind && kind !== location.kind && onChange(EMPTY[kind as Kind])}
      />
      {location.kind === 'link' && text(t('booking.place_url'), location.url, (url) => ({ kind: 'link', url }), 'url')}
      {location.kind === 'in_person' && text(t('booking.place_address'), location.address, (address) => ({ kind: 'in_person', address }))}
      {location.kind === 'call_host' && text(t('booking.place_phone'), location.phone, (phone) => ({ kind: 'call_host', phone }), 'tel')}
      {location.kind === 'other' && text(t('booking.place_text'), location.text, (words) => ({ kind: 'other', text: words }))}
      {location.kind === 'call_invitee' && (
        <Text size="sm" c="dimmed">
          {t('booking.place_call_text')}
        </Text>
      )}
      {!disabled && (
        <ActionIcon size="lg" aria-label={t('booking.remove_place', { n })} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </div>
  );
}
