import { useTranslation } from 'react-i18next';
import type { Travel } from '~/api/schema';
import { ActionIcon, Button, Group, Stack, Text, TextInput, TimeZoneSelect } from '~/components';
import { toZoned } from '~/i18n/zone';
import { IconPlus, IconTrash } from '~/icons';
import classes from './Travel.module.css';

interface Props {
  /** Where the schedule is at home. */
  zone: string;
  value: readonly Travel[];
  onChange: (travel: Travel[]) => void;
  disabled: boolean;
}

/** Where somebody is on some dates: the hours are meant in the zone there. */
export function TravelFields({ zone, value, onChange, disabled }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('booking.travel_text')}
      </Text>
      {value.map((one, index) => {
        const set = (part: Partial<Travel>) => onChange(value.with(index, { ...one, ...part }));
        const n = index + 1;
        return (
          // oxlint-disable-next-line react/no-array-index-key -- what is typed stays where it is
          <div key={index} className={classes.travel} role="group" aria-label={t('booking.travel_n', { n })}>
            <TextInput type="date" label={t('booking.first_day')} value={one.first} disabled={disabled} onChange={({ currentTarget: { value: first } }) => first && set({ first })} />
            <TextInput type="date" label={t('booking.last_day')} value={one.last ?? ''} min={one.first} disabled={disabled} onChange={({ currentTarget }) => set({ last: currentTarget.value || null })} />
            <TimeZoneSelect label={t('booking.zone_there')} value={one.time_zone} disabled={disabled} onChange={(there) => there && set({ time_zone: there })} />
            {!disabled && (
              <ActionIcon size="lg" aria-label={t('booking.remove_travel', { n })} onClick={() => onChange(value.toSpliced(index, 1))}>
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </div>
        );
      })}
      {!disabled && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={15} />}
            onClick={() => {
              const today = toZoned(new Date(), zone).slice(0, 10);
              onChange([...value, { first: today, last: today, time_zone: zone }]);
            }}
          >
            {t('booking.add_travel')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
