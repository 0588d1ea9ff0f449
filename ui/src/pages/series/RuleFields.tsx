import { useTranslation } from 'react-i18next';
import type { Every, SeriesRule } from '~/api/schema';
import { Chip, Group, NumberInput, Select, SimpleGrid, Text, TextInput, type UseFormReturnType } from '~/components';
import { WEEKDAYS, useWeekdays } from './words';

const EVERY: Every[] = ['day', 'week', 'month'];

/** A rule in a form, where it is called `rule`, as the server calls it. */
export interface RuleDraft {
  every: Every;
  at: string;
  weekdays: string[];
  day: number;
}

export const RULE_FIELDS = ['rule.every', 'rule.at', 'rule.weekdays', 'rule.day'];

export function ruleDraft(rule: SeriesRule | null | undefined): RuleDraft {
  return { every: rule?.every ?? 'week', at: rule?.at.slice(0, 5) ?? '09:00', weekdays: (rule?.weekdays ?? [1]).map(String), day: rule?.day ?? 1 };
}

export function ruleOf({ every, at, weekdays, day }: RuleDraft): SeriesRule {
  return {
    every,
    at,
    ...(every === 'week' ? { weekdays: weekdays.map(Number).sort() } : {}),
    ...(every === 'month' ? { day } : {}),
  };
}

interface Props {
  every: Every;
  field: (name: `rule.${keyof RuleDraft}`) => ReturnType<UseFormReturnType<{ rule: RuleDraft }>['getInputProps']>;
}

/** When something is sent again and again. */
export function RuleFields({ every, field }: Props) {
  const { t } = useTranslation();
  const weekdays = useWeekdays();
  const { error, ...days } = field('rule.weekdays');
  return (
    <>
      <SimpleGrid cols={2}>
        <Select
          label={t('series_page.every')}
          data={EVERY.map((value) => ({ value, label: t(`series_page.every_${value}`) }))}
          allowDeselect={false}
          {...field('rule.every')}
        />
        <TextInput type="time" label={t('series_page.at')} {...field('rule.at')} />
      </SimpleGrid>
      {every === 'week' && (
        <div>
          <Text size="sm" fw={500} mb={6} id="rule-days">
            {t('series_page.on')}
          </Text>
          <Chip.Group multiple {...days}>
            <Group gap={6} role="group" aria-labelledby="rule-days">
              {WEEKDAYS.map((day) => (
                <Chip key={day} value={String(day)} size="xs" variant="light">
                  {weekdays.short(day)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          {error && (
            <Text size="sm" c="var(--bad)" mt={6}>
              {error}
            </Text>
          )}
        </div>
      )}
      {every === 'month' && <NumberInput size="sm" label={t('series_page.day')} description={t('series_page.day_hint')} min={1} max={31} allowDecimal={false} {...field('rule.day')} />}
    </>
  );
}
