import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { eventTypesQuery } from '~/api/bookings';
import type { Rule } from '~/api/schema';
import { NumberField, Select } from '~/components';
import { changed, DaysField } from './parts';

const ANY = 'any';
const WINDOWS = ['ever', 'within'] as const;

/** Which bookings somebody has: of what, how many, when. */
export function BookedParts({ rule, onChange }: { rule: Rule; onChange: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const types = useQuery(eventTypesQuery);
  const set = (change: Partial<Rule>, without?: (keyof Rule)[]) => onChange(changed(rule, change, without));
  const known = (types.data ?? []).map(({ id, title }) => ({ value: id, label: title }));
  const chosen = rule.event_type ?? ANY;
  // One that is gone still has to be shown, so that it can be changed.
  const gone = chosen !== ANY && types.data !== undefined && !known.some(({ value }) => value === chosen) ? [{ value: chosen, label: t('booking.deleted_type') }] : [];
  const ahead = rule.booking === 'upcoming';
  return (
    <>
      <Select
        size="xs"
        w={190}
        aria-label={t('booking.event_type')}
        searchable
        allowDeselect={false}
        data={[{ value: ANY, label: t('rule.any_event_type') }, ...known, ...gone]}
        value={chosen}
        onChange={(id) => (id && id !== ANY ? set({ event_type: id }) : set({}, ['event_type']))}
      />
      <NumberField
        size="xs"
        w={130}
        aria-label={t('rule.bookings_least')}
        min={1}
        max={1000}
        allowDecimal={false}
        prefix={`${t('rule.at_least')} `}
        value={rule.at_least ?? 1}
        always
        onChange={(count = 1) => (count > 1 ? set({ at_least: count }) : set({}, ['at_least']))}
      />
      <Select
        size="xs"
        w={170}
        aria-label={t('rule.when')}
        data={WINDOWS.map((value) => ({ value, label: value === 'ever' ? t('rule.window_ever') : t(ahead ? 'rule.begins_next' : 'rule.began_last') }))}
        value={rule.within_days === undefined ? 'ever' : 'within'}
        allowDeselect={false}
        onChange={(window) => (window === 'within' ? set({ within_days: 30 }) : set({}, ['within_days']))}
      />
      {rule.within_days !== undefined && <DaysField value={rule.within_days} onChange={(days) => set({ within_days: days })} />}
    </>
  );
}
