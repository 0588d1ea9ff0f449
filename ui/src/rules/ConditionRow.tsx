import { useTranslation } from 'react-i18next';
import type { Field, Rule } from '~/api/schema';
import { ActionIcon, MultiSelect, NumberField, Select, useNamed } from '~/components';
import { IconTrash } from '~/icons';
import { BookedParts } from './BookedParts';
import { EventParts } from './EventParts';
import {
  ATTRIBUTES,
  BOOKING_STATES,
  EVENTS,
  fieldCondition,
  firstValue,
  LISTS,
  OPS,
  typeOf,
  type Attribute,
  type BookingState,
  type EventName,
  type ListName,
  type Op,
} from './model';
import classes from './RuleBuilder.module.css';
import { ValueInput } from './ValueInput';

interface Props {
  rule: Rule;
  fields: Field[];
  label: string;
  onChange: (rule: Rule) => void;
  onRemove: () => void;
}

/** What a condition is about, as one choice: `field:KEY`, `list:group`, `event:opened`, `booking:upcoming` or `sample`. */
function subjectOf(rule: Rule): string {
  if (rule.field !== undefined) return `field:${rule.field}`;
  if (rule.event) return `event:${rule.event}`;
  if (rule.booking) return `booking:${rule.booking}`;
  const list = LISTS.find((name) => rule[name]);
  return list ? `list:${list}` : 'sample';
}

/** One condition: about what, how it is compared, and with what. */
export function ConditionRow({ rule, fields, label, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  const subject = subjectOf(rule);
  const begin = (chosen: string) => {
    const [kind, name = ''] = chosen.split(/:(.*)/);
    if (kind === 'field') {
      const type = typeOf(name, fields);
      return fieldCondition(name, OPS[type][0]!, type);
    }
    if (kind === 'event') return { event: name as EventName };
    // What was chosen besides stays: of which event type, when.
    if (kind === 'booking') return rule.booking ? { ...rule, booking: name as BookingState } : { booking: name as BookingState };
    if (kind === 'list') return { [name]: { any: [] } };
    return { sample: 10 };
  };
  const attributes = (Object.keys(ATTRIBUTES) as Attribute[]).map((name) => ({ value: `field:${name}`, label: t(`attribute.${name}`) }));
  const custom = fields.map(({ key, name }) => ({ value: `field:${key}`, label: name }));
  // A field that is gone still has to be shown, so that it can be changed.
  const gone = rule.field !== undefined && ![...attributes, ...custom].some(({ value }) => value === subject);

  return (
    <fieldset className={classes.condition}>
      <legend className="visually-hidden">{label}</legend>
      <div className={classes.parts}>
        <Select
          size="xs"
          w={190}
          aria-label={t('rule.subject')}
          searchable
          allowDeselect={false}
          maxDropdownHeight={320}
          value={subject}
          onChange={(chosen) => chosen && chosen !== subject && onChange(begin(chosen))}
          data={[
            { group: t('rule.person'), items: attributes },
            ...(custom.length > 0 || gone
              ? [{ group: t('nav.fields'), items: gone ? [...custom, { value: subject, label: rule.field! }] : custom }]
              : []),
            { group: t('rule.lists'), items: LISTS.map((name) => ({ value: `list:${name}`, label: t(`filter.${name}`) })) },
            { group: t('rule.behavior'), items: EVENTS.map((name) => ({ value: `event:${name}`, label: t(`rule.event_${name}`) })) },
            { group: t('booking.nav'), items: BOOKING_STATES.map((name) => ({ value: `booking:${name}`, label: t(`rule.booking_${name}`) })) },
            { group: t('rule.chance'), items: [{ value: 'sample', label: t('rule.sample') }] },
          ]}
        />
        {rule.field !== undefined && <FieldParts rule={rule} fields={fields} onChange={onChange} />}
        {LISTS.map((name) => rule[name] && <ListParts key={name} name={name} rule={rule} onChange={onChange} />)}
        {rule.event && <EventParts rule={rule} onChange={onChange} />}
        {rule.booking && <BookedParts rule={rule} onChange={onChange} />}
        {rule.sample !== undefined && (
          <NumberField
            size="xs"
            w={110}
            aria-label={t('rule.percent')}
            min={0}
            max={100}
            allowDecimal={false}
            suffix=" %"
            value={rule.sample}
            always
            onChange={(sample = 0) => onChange({ ...rule, sample })}
          />
        )}
      </div>
      <ActionIcon aria-label={t('rule.remove')} onClick={onRemove}>
        <IconTrash size={16} />
      </ActionIcon>
    </fieldset>
  );
}

function FieldParts({ rule, fields, onChange }: Pick<Props, 'rule' | 'fields' | 'onChange'>) {
  const { t } = useTranslation();
  const type = typeOf(rule.field!, fields);
  const op = rule.op ?? 'equals';
  return (
    <>
      <Select
        size="xs"
        w={170}
        aria-label={t('rule.op')}
        data={OPS[type].map((value) => ({ value, label: t(`op.${value}`) }))}
        value={op}
        allowDeselect={false}
        onChange={(chosen) => {
          const next = chosen as Op;
          const fresh = firstValue(type, next);
          // What was entered stays where the new comparison takes the same kind of value.
          const same = fresh !== undefined && typeof fresh === typeof rule.value && Array.isArray(fresh) === Array.isArray(rule.value);
          const value = same ? rule.value : fresh;
          onChange(value === undefined ? { field: rule.field, op: next } : { field: rule.field, op: next, value });
        }}
      />
      <ValueInput
        type={type}
        op={op}
        field={rule.field!}
        options={fields.find(({ key }) => key === rule.field)?.options ?? []}
        value={rule.value}
        onChange={(value) => onChange({ ...rule, value })}
      />
    </>
  );
}

const QUANTIFIERS = ['any', 'all', 'none'] as const;

function ListParts({ name, rule, onChange }: { name: ListName; rule: Rule; onChange: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const known = useNamed(name);
  const list = rule[name] ?? {};
  const quantifier = QUANTIFIERS.find((entry) => list[entry]) ?? 'any';
  const ids = list[quantifier] ?? [];
  const data = [...known, ...ids.filter((id) => !known.some(({ value }) => value === id)).map((id) => ({ value: id, label: `? ${id}` }))];
  return (
    <>
      <Select
        size="xs"
        w={170}
        aria-label={t('rule.op')}
        data={QUANTIFIERS.map((value) => ({ value, label: t(`rule.in_${value}`) }))}
        value={quantifier}
        allowDeselect={false}
        onChange={(chosen) => onChange({ [name]: { [chosen ?? 'any']: ids } })}
      />
      <MultiSelect
        size="xs"
        className={classes.grow}
        aria-label={t(`filter.${name}`)}
        placeholder={ids.length === 0 ? t('picker.choose') : undefined}
        data={data}
        searchable
        value={ids}
        onChange={(chosen) => onChange({ [name]: { [quantifier]: chosen } })}
      />
    </>
  );
}
