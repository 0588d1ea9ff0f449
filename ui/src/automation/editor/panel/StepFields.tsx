import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, Button, Group, MultiSelect, NumberField, Select, Stack, Switch, Text, Textarea, TextInput, TextLink } from '~/components';
import { IconPlus, IconTrash } from '~/icons';
import { typeOf, type ValueType } from '~/rules/model';
import { fieldsFor, isWhole, kept, OWNER, SETTABLE, type FieldUse } from '../../model/fields';
import { armName, freeId, partsOf, type Arm, type Case, type Path } from '../../model/graph';
import type { Condition, Step, Window, With } from '../../model/types';
import { useDefinition } from '../../state';
import type { Choice } from '../../words';
import { ConditionFields, HappensFields, LengthFields, ThingPicker, TimeField, useFields, WindowFields, ZoneField, type Shared } from './fields';
import { HttpCall } from './HttpCall';

interface Props extends Shared {
  step: Step;
  /** What the kind takes, changed. */
  set: (changed: With) => void;
}

/** What a kind of step takes. Of kinds that this page does not know, nothing can be changed here. */
export function StepFields(props: Props) {
  const { t } = useTranslation();
  const { step, set, things, disabled } = props;
  const w = step.with ?? {};
  const put = (part: With) => set(Object.fromEntries(Object.entries({ ...w, ...part }).filter(([, value]) => value !== undefined)));
  const text = (key: string) => (typeof w[key] === 'string' ? w[key] : '');
  const line = (key: string, label: string, description?: string) => (
    <TextInput label={label} description={description} value={text(key)} disabled={disabled} onChange={({ currentTarget }) => put({ [key]: currentTarget.value || undefined })} />
  );
  const picker = (kind: keyof typeof things, key: string, label: string, more: { clearable?: boolean; description?: string } = {}) => (
    <ThingPicker label={label} data={things[kind]} value={text(key) || undefined} disabled={disabled} onChange={(id) => put({ [key]: id })} {...more} />
  );
  switch (step.kind) {
    case 'send_email':
      return (
        <>
          {picker('template', 'template', t('automation.template'))}
          {text('template') && (
            <TextLink to="/templates/$id" params={{ id: text('template') }} size="xs">
              {t('automation.open_template')}
            </TextLink>
          )}
          {line('subject', t('automation.subject'), t('automation.subject_hint'))}
          {picker('sender', 'sender', t('setup_step.sender'), { clearable: true, description: t('automation.sender_hint') })}
          <Switch
            label={t('automation.transactional')}
            description={t('automation.transactional_hint')}
            checked={w.transactional === true}
            disabled={disabled}
            onChange={({ currentTarget }) => put({ transactional: currentTarget.checked || undefined })}
          />
        </>
      );
    case 'wait':
      return (
        <>
          <LengthFields label={t('automation.how_long')} value={w} disabled={disabled} onChange={put} />
          <TimeField label={t('automation.at')} description={t('automation.at_hint')} value={text('at') || undefined} disabled={disabled} onChange={(at) => put({ at })} />
          {text('at') && <ZoneField value={text('zone') || undefined} disabled={disabled} onChange={(zone) => put({ zone })} />}
        </>
      );
    case 'wait_until_date':
      return (
        <>
          <TextInput type="datetime-local" label={t('automation.until')} value={text('at').slice(0, 16)} disabled={disabled} onChange={({ currentTarget }) => currentTarget.value && put({ at: `${currentTarget.value}:00` })} />
          <ZoneField value={text('zone') || undefined} disabled={disabled} onChange={(zone) => put({ zone })} />
        </>
      );
    case 'wait_until_field':
      return <UntilField {...props} put={put} />;
    case 'wait_for_window':
      return <WindowFields label={t('automation.window')} value={(w.within ?? {}) as Window} disabled={disabled} onChange={(within) => put({ within })} />;
    case 'wait_for_any':
      return <ForAny {...props} put={put} />;
    case 'if_else':
      return <ConditionFields {...props} label={t('automation.condition')} value={(w.if ?? {}) as Condition} onChange={(changed) => put({ if: changed })} />;
    case 'first_match':
      return <Cases {...props} put={put} />;
    case 'random_split':
      return <Arms {...props} put={put} />;
    case 'add_group':
    case 'remove_group':
      return picker('group', 'group', t('filter.group'));
    case 'add_tag':
    case 'remove_tag':
      return picker('tag', 'tag', t('filter.tag'));
    case 'start_automation':
      return picker('automation', 'automation', t('automation.one'));
    case 'set_field':
      return <SetField {...props} put={put} />;
    case 'clear_field':
      return <FieldPicker use="write" value={text('field')} things={things} disabled={disabled} onChange={(field) => put({ field })} />;
    case 'increment_field':
      return (
        <>
          <FieldPicker use="increment" value={text('field')} things={things} disabled={disabled} onChange={(field) => put({ field })} />
          <NumberField size="sm" label={t('automation.by')} allowDecimal={false} always value={Number(w.by ?? 1)} disabled={disabled} onChange={(by) => put({ by })} />
        </>
      );
    case 'set_status': {
      const status = text('status');
      const known: readonly string[] = SETTABLE;
      return (
        <Select
          label={t('subscriber.status')}
          // Another one is refused, but shown.
          data={(known.includes(status) || status === '' ? known : [...known, status]).map((value) => ({ value, label: t(`status.${value as 'active'}`) }))}
          value={status}
          allowDeselect={false}
          disabled={disabled}
          onChange={(chosen) => put({ status: chosen ?? undefined })}
        />
      );
    }
    case 'notify_team':
      return (
        <>
          <Colleagues known={things.user} value={(w.users as string[] | undefined) ?? []} disabled={disabled} onChange={(users) => put({ users })} />
          <TextInput label={t('setup_step.subject')} value={text('subject')} disabled={disabled} onChange={({ currentTarget }) => put({ subject: currentTarget.value })} />
          <Textarea label={t('automation.text')} autosize minRows={3} value={text('text')} disabled={disabled} onChange={({ currentTarget }) => put({ text: currentTarget.value })} />
        </>
      );
    case 'http_call':
      return <HttpCall {...props} put={put} />;
    case 'jump':
      return <Jump {...props} put={put} />;
    case 'end':
      return <Text size="sm">{t('automation.end_text')}</Text>;
    default:
      return (
        <Text size="sm" c="dimmed">
          {t('automation.unknown_kind')}
        </Text>
      );
  }
}

export type PartProps = Props & { put: (part: With) => void };
type Length = { days?: number; hours?: number; minutes?: number };

interface FieldPickerProps extends Pick<Shared, 'things' | 'disabled'> {
  use: FieldUse;
  label?: string;
  value: string;
  onChange: (field: string | undefined) => void;
}

/** The fields that the server takes for this. */
function FieldPicker({ use, label, value, things, disabled, onChange }: FieldPickerProps) {
  const { t } = useTranslation();
  const takes = fieldsFor(use, useFields());
  const named = things.field.find((one) => one.value === value);
  const data = things.field.filter((one) => takes.has(one.value) || one === named);
  return <ThingPicker label={label ?? t('automation.field')} data={data} value={value || undefined} disabled={disabled} onChange={onChange} />;
}

/** A value as the field has it: a number is a number, and yes is no text. */
function SetField({ step, things, put, disabled }: PartProps) {
  const { t } = useTranslation();
  const fields = useFields();
  const { field = '', value, from } = (step.with ?? {}) as { field?: string; value?: unknown; from?: string };
  const optionsOf = (key: string) => fields.find((one) => one.key === key)?.options ?? [];
  const choose = (chosen = '') => {
    // A user is no value of another field, nor the other way round; and it comes from no variable.
    if (chosen === OWNER || field === OWNER) return put({ field: chosen, value: undefined, from: undefined });
    return put({ field: chosen, value: from === undefined ? kept(value, typeOf(chosen, fields), optionsOf(chosen)) : undefined });
  };
  const picker = <FieldPicker use="write" value={field} things={things} disabled={disabled} onChange={choose} />;
  if (field === OWNER) {
    return (
      <>
        {picker}
        <ThingPicker
          label={t('automation.owner')}
          description={t('automation.owner_hint')}
          data={things.user}
          value={typeof value === 'string' && value ? value : undefined}
          disabled={disabled}
          onChange={(user) => put({ value: user, from: undefined })}
        />
      </>
    );
  }
  return (
    <>
      {picker}
      <FieldValue
        type={typeOf(field, fields)}
        whole={isWhole(field)}
        options={optionsOf(field)}
        value={value}
        disabled={disabled}
        // One of the two.
        onChange={(changed) => put({ value: changed, ...(changed === undefined ? {} : { from: undefined }) })}
      />
      <TextInput
        label={t('automation.from_var')}
        description={t('automation.var_hint')}
        value={from ?? ''}
        disabled={disabled}
        onChange={({ currentTarget }) => put({ from: currentTarget.value || undefined, ...(currentTarget.value ? { value: undefined } : {}) })}
      />
    </>
  );
}

interface FieldValueProps {
  type: ValueType;
  whole: boolean;
  options: readonly string[];
  value: unknown;
  disabled: boolean;
  onChange: (value: unknown) => void;
}

function FieldValue({ type, whole, options, value, disabled, onChange }: FieldValueProps) {
  const { t } = useTranslation();
  const label = t('automation.value');
  const text = value === undefined || value === null ? '' : String(value);
  if (type === 'number') {
    return <NumberField size="sm" label={label} allowDecimal={!whole} value={typeof value === 'number' ? value : undefined} disabled={disabled} onChange={onChange} />;
  }
  if (type === 'boolean' || type === 'choice') {
    const data =
      type === 'choice'
        ? [...new Set([...options, ...(text ? [text] : [])])]
        : [
            { value: 'true', label: t('value.yes') },
            { value: 'false', label: t('value.no') },
          ];
    return (
      <Select
        label={label}
        placeholder={t('picker.choose')}
        data={data}
        value={text || null}
        allowDeselect={false}
        disabled={disabled}
        onChange={(chosen) => onChange(type === 'boolean' ? chosen === 'true' : (chosen ?? undefined))}
      />
    );
  }
  return <TextInput type={type === 'text' ? 'text' : 'date'} label={label} value={type === 'text' ? text : text.slice(0, 10)} disabled={disabled} onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)} />;
}

function UntilField({ step, things, put, disabled }: PartProps) {
  const { t } = useTranslation();
  const w = step.with ?? {};
  const side = w.before ? 'before' : w.after ? 'after' : 'on';
  const length = (w.before ?? w.after ?? {}) as Length;
  return (
    <>
      <FieldPicker use="date" label={t('automation.date_field')} value={(w.field as string | undefined) ?? ''} things={things} disabled={disabled} onChange={(field) => put({ field })} />
      <Select
        label={t('automation.side')}
        data={(['on', 'before', 'after'] as const).map((value) => ({ value, label: t(`automation.side_${value}`) }))}
        value={side}
        allowDeselect={false}
        disabled={disabled}
        onChange={(chosen) => put({ before: chosen === 'before' ? { days: 1 } : undefined, after: chosen === 'after' ? { days: 1 } : undefined })}
      />
      {side !== 'on' && <LengthFields label={t('automation.how_long')} value={length} disabled={disabled} onChange={(changed) => put({ [side]: changed })} />}
      <TimeField label={t('automation.at')} value={(w.at as string | undefined) ?? undefined} disabled={disabled} onChange={(at) => put({ at })} />
      <ZoneField value={w.zone as string | undefined} disabled={disabled} onChange={(zone) => put({ zone })} />
    </>
  );
}

function ForAny({ step, put, ...shared }: PartProps) {
  const { t } = useTranslation();
  const w = step.with ?? {};
  const paths = partsOf<Path>(step);
  const next = step.next ?? paths[0]?.next ?? '';
  const { disabled } = shared;
  return (
    <>
      {paths.map((path, index) => (
        <Part key={path.id} title={t('automation.path', { n: index + 1 })} onRemove={paths.length > 1 && !disabled ? () => put({ paths: paths.toSpliced(index, 1) }) : undefined}>
          <HappensFields {...shared} label={t('automation.waits_that')} on={path.on} when={path.when} onChange={(changed) => put({ paths: paths.with(index, { id: path.id, next: path.next, ...changed }) })} />
        </Part>
      ))}
      {!disabled && <AddPart label={t('automation.add_path')} onAdd={() => put({ paths: [...paths, { id: freeId(paths, 'path'), on: { event: 'message.opened' }, next }] })} />}
      <LengthFields label={t('automation.most')} value={(w.timeout ?? {}) as Length} disabled={disabled} onChange={(timeout) => put({ timeout })} />
      <Select
        label={t('automation.since')}
        data={(['step', 'run'] as const).map((value) => ({ value, label: t(`automation.since_${value}`) }))}
        value={(w.since as string | undefined) ?? 'step'}
        allowDeselect={false}
        disabled={disabled}
        onChange={(since) => put({ since: since ?? undefined })}
      />
    </>
  );
}

function Cases({ step, put, ...shared }: PartProps) {
  const { t } = useTranslation();
  const cases = partsOf<Case>(step);
  const { disabled } = shared;
  return (
    <>
      {cases.map((one, index) => (
        <Part key={one.id} title={t('automation.case', { n: index + 1 })} onRemove={cases.length > 1 && !disabled ? () => put({ cases: cases.toSpliced(index, 1) }) : undefined}>
          <ConditionFields {...shared} label={t('automation.condition')} value={one.if} onChange={(changed) => put({ cases: cases.with(index, { ...one, if: changed }) })} />
        </Part>
      ))}
      {!disabled && (
        <AddPart
          label={t('automation.add_case')}
          onAdd={() => put({ cases: [...cases, { id: freeId(cases, 'case'), if: { contact: { all: [{ field: 'status', op: 'equals', value: 'active' }] } }, next: step.next ?? cases[0]!.next }] })}
        />
      )}
    </>
  );
}

function Arms({ step, put, disabled }: PartProps) {
  const { t } = useTranslation();
  const arms = partsOf<Arm>(step);
  return (
    <>
      <Text size="sm" c="dimmed">
        {t('automation.arms_text')}
      </Text>
      {arms.map((arm, index) => (
        <Group key={arm.id} gap="xs" align="flex-end" wrap="nowrap">
          <NumberField
            size="sm"
            flex={1}
            label={t('automation.weight', { arm: armName(arms, index) })}
            min={0}
            max={10_000}
            allowDecimal={false}
            disabled={disabled}
            always
            value={arm.weight}
            onChange={(weight = 0) => put({ arms: arms.with(index, { ...arm, weight }) })}
          />
          {arms.length > 2 && !disabled && (
            <ActionIcon size="lg" aria-label={t('automation.remove_part', { part: armName(arms, index) })} onClick={() => put({ arms: arms.toSpliced(index, 1) })}>
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!disabled && arms.length < 20 && (
        <AddPart
          label={t('automation.add_arm')}
          onAdd={() => put({ arms: [...arms, { id: freeId(arms, 'arm'), weight: arms[0]?.weight ?? 50, next: arms[0]!.next }] })}
        />
      )}
    </>
  );
}

function Colleagues({ known, value, onChange, disabled }: { known: Choice[]; value: string[]; onChange: (users: string[]) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const data = [...known, ...value.filter((id) => !known.some((one) => one.value === id)).map((id) => ({ value: id, label: `? ${id}` }))];
  return <MultiSelect label={t('automation.colleagues')} data={data} value={value} searchable disabled={disabled} onChange={onChange} />;
}

function Jump({ step, words, put, disabled }: PartProps) {
  const { t } = useTranslation();
  const { steps } = useDefinition();
  const data = steps.filter(({ id }) => id !== step.id).map((one) => ({ value: one.id, label: words.title(one) }));
  return <ThingPicker label={t('automation.jump_to')} data={data} value={step.with?.to as string | undefined} disabled={disabled} onChange={(to) => to && put({ to })} />;
}

function Part({ title, onRemove, children }: { title: string; onRemove?: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" role="group" aria-label={title}>
      <Group justify="space-between" mih={28}>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {onRemove && (
          <ActionIcon aria-label={t('automation.remove_part', { part: title })} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      {children}
    </Stack>
  );
}

function AddPart({ label, onAdd }: { label: string; onAdd: () => void }) {
  return (
    <Group>
      <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={onAdd}>
        {label}
      </Button>
    </Group>
  );
}
