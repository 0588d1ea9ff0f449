import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import type { Field, Rule } from '~/api/schema';
import { ActionIcon, Button, Group, Select } from '~/components';
import { IconFolder, IconPlus, IconTrash } from '~/icons';
import { ConditionRow } from './ConditionRow';
import { asGroup, asTopGroup, fieldCondition, fromGroup, MODES, type Mode, type RuleGroup } from './model';
import classes from './RuleBuilder.module.css';

/** The language allows 16 levels; nobody reads more than a few. */
const DEEPEST = 4;

interface Props {
  value: Rule;
  onChange: (rule: Rule) => void;
  label: string;
}

/** Edits a rule: conditions in groups in groups. */
export function RuleBuilder({ value, onChange, label }: Props) {
  const fields = useQuery(fieldsQuery);
  return (
    <GroupBox
      group={asTopGroup(value)}
      fields={fields.data ?? []}
      depth={0}
      label={label}
      onChange={(group) => onChange(fromGroup(group))}
    />
  );
}

interface GroupProps {
  group: RuleGroup;
  fields: Field[];
  depth: number;
  label: string;
  onChange: (group: RuleGroup) => void;
  onRemove?: () => void;
}

function GroupBox({ group, fields, depth, label, onChange, onRemove }: GroupProps) {
  const { t } = useTranslation();
  const { mode, rules } = group;
  const set = (changed: Rule[]) => onChange({ mode, rules: changed });
  const replace = (index: number, rule: Rule) => set(rules.map((old, at) => (at === index ? rule : old)));
  const remove = (index: number) => set(rules.filter((_, at) => at !== index));

  return (
    <fieldset className={classes.group} data-depth={depth}>
      <legend className="visually-hidden">{label}</legend>
      <Group gap="xs" className={classes.head}>
        <Select
          size="xs"
          w={190}
          aria-label={t('rule.mode')}
          data={MODES.map((value) => ({ value, label: t(`rule.mode_${value}`) }))}
          value={mode}
          onChange={(chosen) => onChange({ mode: chosen as Mode, rules })}
          allowDeselect={false}
        />
        {onRemove && (
          <ActionIcon ms="auto" aria-label={t('rule.remove_group')} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <div className={classes.rules}>
        {rules.map((rule, index) => {
          const inner = asGroup(rule);
          const number = index + 1;
          return inner ? (
            <GroupBox
              // Conditions have no names of their own; their place is what tells them apart.
              // oxlint-disable-next-line react/no-array-index-key
              key={index}
              group={inner}
              fields={fields}
              depth={depth + 1}
              label={t('rule.group_number', { number })}
              onChange={(changed) => replace(index, fromGroup(changed))}
              onRemove={() => remove(index)}
            />
          ) : (
            <ConditionRow
              // oxlint-disable-next-line react/no-array-index-key
              key={index}
              rule={rule}
              fields={fields}
              label={t('rule.condition_number', { number })}
              onChange={(changed) => replace(index, changed)}
              onRemove={() => remove(index)}
            />
          );
        })}
      </div>
      <Group gap="xs">
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => set([...rules, fieldCondition('email', 'contains', 'text')])}
        >
          {t('rule.add')}
        </Button>
        {depth < DEEPEST && (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconFolder size={14} />}
            onClick={() => set([...rules, { any: [fieldCondition('email', 'contains', 'text')] }])}
          >
            {t('rule.add_group')}
          </Button>
        )}
      </Group>
    </fieldset>
  );
}
