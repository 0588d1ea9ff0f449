import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import type { Field, Rule } from '~/api/schema';
import { previewQuery } from '~/api/subscribers';
import { Button, Chip, Group, Modal, NumberField, Select, SimpleGrid, Stack, Text, TextInput, useDebouncedValue, useTyped } from '~/components';
import { readNumber } from '~/components/typed';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { CHOICES, isComplete, WEEKDAYS } from '~/rules/model';
import { RuleBuilder } from '~/rules/RuleBuilder';
import { EVENT_KINDS, NOT_CHOSEN, type Param } from '../../model/catalog';
import { fieldsFor } from '../../model/fields';
import type { Condition, Pattern, VarOp, VarTest, Weekday, Window } from '../../model/types';
import { useDefinition } from '../../state';
import type { Choice, Things, Words } from '../../words';
import { HookField } from './HookField';
import { ScheduleFields } from './ScheduleFields';

export interface Shared {
  things: Things;
  words: Words;
  disabled: boolean;
}

export interface PickerProps {
  label: string;
  description?: string;
  data: Choice[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  clearable?: boolean;
  disabled: boolean;
}

/** One of the things of the account. What is chosen and gone is shown as such. */
export function ThingPicker({ label, description, data, value: given, onChange, clearable, disabled }: PickerProps) {
  const { t } = useTranslation();
  const value = given === NOT_CHOSEN ? undefined : given;
  const known = value === undefined || data.some((one) => one.value === value) ? data : [...data, { value, label: `? ${value}` }];
  return (
    <Select
      label={label}
      description={description}
      placeholder={t('picker.choose')}
      nothingFoundMessage={t('picker.nothing')}
      data={known}
      value={value ?? null}
      searchable
      clearable={clearable}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      allowDeselect={false}
      disabled={disabled}
      onChange={(chosen) => onChange(chosen ?? undefined)}
    />
  );
}

type Length = { days?: number; hours?: number; minutes?: number };

/** Days, hours and minutes. */
export function LengthFields({ label, value, onChange, disabled }: { label: string; value: Length; onChange: (value: Length) => void; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={label}>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      <SimpleGrid cols={3} spacing="xs">
        {(['days', 'hours', 'minutes'] as const).map((unit) => (
          <NumberField
            key={unit}
            size="sm"
            label={t(`automation.unit_${unit}`)}
            min={0}
            allowDecimal={false}
            allowNegative={false}
            disabled={disabled}
            always
            value={value[unit] ?? 0}
            onChange={(entered) => onChange({ ...value, [unit]: entered || undefined })}
          />
        ))}
      </SimpleGrid>
    </div>
  );
}

/** A time of day, or none. */
export function TimeField({ label, description, value, onChange, disabled }: { label: string; description?: string; value: string | undefined; onChange: (value: string | undefined) => void; disabled: boolean }) {
  return <TextInput type="time" label={label} description={description} value={value ?? ''} disabled={disabled} onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)} />;
}

export function ZoneField({ value, onChange, disabled }: { value: string | undefined; onChange: (zone: 'contact' | 'account') => void; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <Select
      label={t('automation.zone')}
      data={(['contact', 'account'] as const).map((zone) => ({ value: zone, label: t(`automation.zone_${zone}`) }))}
      value={value ?? 'contact'}
      allowDeselect={false}
      disabled={disabled}
      onChange={(zone) => onChange(zone as 'contact' | 'account')}
    />
  );
}

/** Some hours of some days. */
export function WindowFields({ label, value, onChange, disabled }: { label: string; value: Window; onChange: (value: Window) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const days = value.weekdays ?? [];
  return (
    <Stack gap="sm" role="group" aria-label={label}>
      <Chip.Group multiple value={days} onChange={(chosen) => onChange({ ...value, weekdays: chosen.length > 0 ? WEEKDAYS.filter((day) => chosen.includes(day)) : undefined })}>
        <Group gap={6}>
          {WEEKDAYS.map((day: Weekday) => (
            <Chip key={day} value={day} size="xs" variant="light" disabled={disabled}>
              {t(`weekday.${day}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <SimpleGrid cols={2} spacing="xs">
        <TimeField label={t('automation.from')} value={value.from} disabled={disabled} onChange={(from) => onChange({ ...value, from })} />
        <TimeField label={t('automation.to')} value={value.to} disabled={disabled} onChange={(to) => onChange({ ...value, to })} />
      </SimpleGrid>
      <ZoneField value={value.zone} disabled={disabled} onChange={(zone) => onChange({ ...value, zone })} />
    </Stack>
  );
}

const NO_FIELDS: Field[] = [];

export function useFields(): Field[] {
  const { can } = useFrame();
  return useQuery({ ...fieldsQuery, enabled: can('audience:read') }).data ?? NO_FIELDS;
}

/** An event with what it cannot be without. */
function beginning(event: string): Pattern {
  const given = (EVENT_KINDS[event] ?? []).flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]]));
  return given.length > 0 ? { event, with: Object.fromEntries(given) } : { event };
}

interface PatternProps extends Shared {
  label: string;
  value: Pattern;
  onChange: (value: Pattern) => void;
}

/** That something happens, and about what. */
export function PatternFields({ label, value, onChange, things, words, disabled }: PatternProps) {
  const { t } = useTranslation();
  const { steps } = useDefinition();
  const dates = fieldsFor('date', useFields());
  const known = Object.keys(EVENT_KINDS).map((event) => ({ value: event, label: t(`automation_event.${event as 'group.joined'}`) }));
  const data = known.some((one) => one.value === value.event) ? known : [...known, { value: value.event, label: value.event }];
  const set = (name: string, chosen: unknown) => {
    const rest = Object.fromEntries(Object.entries(value.with ?? {}).filter(([key]) => key !== name));
    const changed = chosen === undefined || chosen === '' ? rest : { ...rest, [name]: chosen };
    onChange({ ...value, with: Object.keys(changed).length > 0 ? changed : undefined });
  };
  const field = ({ name, form, required }: Param) => {
    const given = value.with?.[name] as string | undefined;
    const title = t(`automation.param_${name as 'group'}`);
    const any = required ? title : t('automation.or_any', { what: title });
    if (form === 'minutes') {
      const minutes = typeof value.with?.[name] === 'number' ? (value.with[name] as number) : 0;
      const length = { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 };
      return <LengthFields key={name} label={title} value={length} disabled={disabled} onChange={({ days = 0, hours = 0, minutes: rest = 0 }) => set(name, days * 1440 + hours * 60 + rest)} />;
    }
    if (form === 'schedule') {
      return <ScheduleFields key={name} value={given} disabled={disabled} onChange={(line) => set(name, line)} />;
    }
    if (form === 'hook') {
      return <HookField key={name} label={title} data={things.hook} value={given} disabled={disabled} onChange={(chosen) => set(name, chosen)} />;
    }
    if (form === 'text') {
      return <TextInput key={name} label={any} value={given ?? ''} disabled={disabled} onChange={({ currentTarget }) => set(name, currentTarget.value)} />;
    }
    const choices =
      form === 'step'
        ? steps.filter(({ kind }) => kind === 'send_email').map((step) => ({ value: step.id, label: step.name ?? `${words.title(step)}: ${words.step(step)}` }))
        : form === 'status'
          ? CHOICES.status.map((status) => ({ value: status, label: t(`status.${status}`) }))
          : form === 'date_field'
            ? things.field.filter((one) => dates.has(one.value))
            : form === 'no_show_by'
              ? (['guest', 'host'] as const).map((who) => ({ value: who, label: t(`booking.no_show_${who}`) }))
              : things[form];
    return <ThingPicker key={name} label={any} data={choices} value={given} clearable={!required} disabled={disabled} onChange={(chosen) => set(name, chosen)} />;
  };
  return (
    <Stack gap="sm">
      <Select label={label} data={data} value={value.event} searchable allowDeselect={false} disabled={disabled} onChange={(event) => event && event !== value.event && onChange(beginning(event))} />
      {(EVENT_KINDS[value.event] ?? []).map(field)}
    </Stack>
  );
}

const CONDITION_KINDS = ['contact', 'var', 'time'] as const;
type ConditionKind = (typeof CONDITION_KINDS)[number];
const VAR_OPS: VarOp[] = ['equals', 'not_equals', 'contains', 'not_contains', 'less', 'less_or_equal', 'greater', 'greater_or_equal', 'is_set', 'is_not_set'];
const FIRST_RULE: Rule = { all: [{ field: 'status', op: 'equals', value: 'active' }] };

interface ConditionProps extends Shared {
  label: string;
  value: Condition;
  onChange: (value: Condition) => void;
}

/** That something holds: of the person, of what the event said, or of the time. */
export function ConditionFields({ label, value, onChange, disabled }: ConditionProps) {
  const { t } = useTranslation();
  const kind = CONDITION_KINDS.find((one) => value[one] !== undefined);
  const begin: Record<ConditionKind, Condition> = {
    contact: { contact: FIRST_RULE },
    var: { var: { var: 'event.plan', op: 'is_set' } },
    time: { time: { within: { from: '09:00', to: '17:00' } } },
  };
  const kinds = CONDITION_KINDS.map((one) => ({ value: one as string, label: t(`automation.condition_${one}`) }));
  return (
    <Stack gap="sm" role="group" aria-label={label}>
      <Select
        label={label}
        // Several in one are written by programs; here they can be replaced.
        data={kind ? kinds : [...kinds, { value: 'several', label: t('automation.if_several') }]}
        value={kind ?? 'several'}
        allowDeselect={false}
        disabled={disabled}
        onChange={(chosen) => chosen !== 'several' && onChange(begin[chosen as ConditionKind])}
      />
      {value.contact && <RuleField label={label} rule={value.contact} disabled={disabled} onChange={(contact) => onChange({ contact })} />}
      {value.var && <VarFields value={value.var} disabled={disabled} onChange={(changed) => onChange({ var: changed })} />}
      {value.time && <WindowFields label={label} value={value.time.within} disabled={disabled} onChange={(within) => onChange({ time: { within } })} />}
    </Stack>
  );
}

function VarFields({ value, onChange, disabled }: { value: VarTest; onChange: (value: VarTest) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const bare = value.op === 'is_set' || value.op === 'is_not_set';
  const typed = useTyped<unknown>({
    value: value.value ?? '',
    write: String,
    // Numbers compare as numbers.
    read: (text) => readNumber(text) ?? text,
    onChange: (changed) => onChange({ ...value, value: changed }),
  });
  return (
    <>
      <TextInput label={t('automation.var')} description={t('automation.var_hint')} value={value.var} disabled={disabled} onChange={({ currentTarget }) => onChange({ ...value, var: currentTarget.value })} />
      <Select
        label={t('rule.op')}
        data={VAR_OPS.map((op) => ({ value: op, label: t(`op.${op}`) }))}
        value={value.op}
        allowDeselect={false}
        disabled={disabled}
        onChange={(op) => onChange({ var: value.var, op: op as VarOp, ...(op === 'is_set' || op === 'is_not_set' ? {} : { value: value.value ?? '' }) })}
      />
      {!bare && <TextInput label={t('automation.var_value')} value={typed.text} disabled={disabled} onChange={({ currentTarget }) => typed.type(currentTarget.value)} onBlur={typed.leave} />}
    </>
  );
}

/** A rule as a sentence; it is built in a dialog, since it needs room. */
function RuleField({ label, rule, onChange, disabled }: { label: string; rule: Rule; onChange: (rule: Rule) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const [edited, setEdited] = useState<Rule | null>(null);
  const [settled] = useDebouncedValue(rule, 350);
  const complete = isComplete(settled);
  const preview = useQuery({ ...previewQuery(complete ? settled : null, undefined), enabled: complete && can('audience:read') });
  return (
    <div>
      <Text size="sm" aria-live="polite">
        {preview.data && !preview.isError ? preview.data.description : t('automation.if_contact')}
      </Text>
      {preview.data && !preview.isError && (
        <Text size="xs" c="dimmed" mb={8}>
          {t('editor.rule_people', { count: preview.data.count, shown: format.number(preview.data.count) })}
        </Text>
      )}
      {!disabled && (
        <Button variant="default" onClick={() => setEdited(rule)}>
          {t('editor.change_rule')}
        </Button>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} size="xl" title={label} closeButtonProps={{ 'aria-label': t('action.close') }}>
        {edited && (
          <Stack gap="md">
            <RuleBuilder value={edited} onChange={setEdited} label={label} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setEdited(null)}>
                {t('action.cancel')}
              </Button>
              <Button
                disabled={!isComplete(edited)}
                onClick={() => {
                  onChange(edited);
                  setEdited(null);
                }}
              >
                {t('editor.apply')}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </div>
  );
}

interface HappensProps extends Shared {
  label: string;
  on: Pattern | undefined;
  when: Condition | undefined;
  onChange: (value: { on?: Pattern; when?: Condition }) => void;
}

/** That something happens or that something holds: one of the two. */
export function HappensFields({ label, on, when, onChange, ...shared }: HappensProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" role="group" aria-label={label}>
      <Select
        label={label}
        data={[
          { value: 'on', label: t('automation.something_happens') },
          { value: 'when', label: t('automation.something_holds') },
        ]}
        value={when ? 'when' : 'on'}
        allowDeselect={false}
        disabled={shared.disabled}
        onChange={(chosen) => onChange(chosen === 'when' ? { when: { contact: FIRST_RULE } } : { on: { event: 'message.clicked' } })}
      />
      {when ? (
        <ConditionFields label={t('automation.condition')} value={when} onChange={(changed) => onChange({ when: changed })} {...shared} />
      ) : (
        <PatternFields label={t('automation.event')} value={on ?? { event: 'message.clicked' }} onChange={(changed) => onChange({ on: changed })} {...shared} />
      )}
    </Stack>
  );
}
