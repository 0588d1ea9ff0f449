import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '~/api/schema';
import { previewQuery } from '~/api/subscribers';
import { Alert, Button, Group, Modal, Stack, Switch, Text, useDebouncedValue } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconFilter } from '~/icons';
import { isComplete } from '~/rules/model';
import { RuleBuilder } from '~/rules/RuleBuilder';
import { isProblem } from '~/api/problem';
import { columnsOf } from '../model/tree';
import type { Block } from '../model/types';
import { useActions } from '../store';
import { Part } from './Part';

const FIRST: Rule = { all: [{ field: 'language', op: 'equals', value: '' }] };

/** Who sees a block. */
export function ShowIf({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  return (
    <Part title={t('editor.show_if')}>
      <Condition label={t('editor.only_some')} rule={block.visibility ?? null} onChange={(rule) => actions.setVisibility(block.id, rule)} />
    </Part>
  );
}

/** Who sees each of some columns. */
export function ColumnsShowIf({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  return (
    <Part title={t('editor.columns_show_if')}>
      {columnsOf(block).map(({ id, visibility }, index) => (
        <Condition
          key={id}
          label={t('editor.column_only_some', { n: index + 1 })}
          name={t('editor.column', { n: index + 1 })}
          rule={visibility ?? null}
          onChange={(rule) => actions.setColumnVisibility(block.id, id, rule)}
        />
      ))}
    </Part>
  );
}

interface ConditionProps {
  label: string;
  /** What it is about where there are several. */
  name?: string;
  rule: Rule | null;
  onChange: (rule: Rule | null) => void;
}

function Condition({ label, name, rule, onChange }: ConditionProps) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  return (
    <>
      <Switch
        label={label}
        checked={rule !== null}
        onChange={(event) => {
          if (event.currentTarget.checked) setEditing(true);
          else onChange(null);
        }}
      />
      {rule && (
        <>
          <Said rule={rule} />
          <Group>
            <Button
              variant="default"
              leftSection={<IconFilter size={15} />}
              aria-label={name && `${t('editor.change_rule')}: ${name}`}
              onClick={() => setEditing(true)}
            >
              {t('editor.change_rule')}
            </Button>
          </Group>
        </>
      )}
      <RuleModal
        opened={editing}
        title={name ? `${t('editor.show_if')}: ${name}` : t('editor.show_if')}
        rule={rule ?? FIRST}
        onClose={() => setEditing(false)}
        onDone={(next) => {
          onChange(next);
          setEditing(false);
        }}
      />
    </>
  );
}

const TYPING_MS = 350;

/** A rule as a sentence, with how many people it is about. */
function Said({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const complete = isComplete(rule);
  const [settled] = useDebouncedValue(rule, TYPING_MS);
  const preview = useQuery({ ...previewQuery(complete ? settled : null, undefined), enabled: complete && can('audience:read') });
  if (!complete) return <Text size="xs" c="dimmed">{t('editor.rule_incomplete')}</Text>;
  const faults = isProblem(preview.error) ? preview.error.problem.errors : undefined;
  if (faults?.length) {
    return faults.map((fault) => (
      <Alert key={fault.field + fault.code} color="orange" variant="light">
        {fault.message}
      </Alert>
    ));
  }
  if (!preview.data) return null;
  return (
    <div aria-live="polite">
      <Text size="sm">{preview.data.description}</Text>
      <Text size="xs" c="dimmed">
        {t('editor.rule_people', { count: preview.data.count, shown: format.number(preview.data.count) })}
      </Text>
    </div>
  );
}

function RuleModal({ opened, title, rule, onClose, onDone }: { opened: boolean; title: string; rule: Rule; onClose: () => void; onDone: (rule: Rule) => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={title} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <RuleForm rule={rule} onClose={onClose} onDone={onDone} />
    </Modal>
  );
}

function RuleForm({ rule, onClose, onDone }: { rule: Rule; onClose: () => void; onDone: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState(rule);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('editor.show_if_text')}
      </Text>
      <RuleBuilder value={edited} onChange={setEdited} label={t('editor.show_if')} />
      <Said rule={edited} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button disabled={!isComplete(edited)} onClick={() => onDone(edited)}>
          {t('editor.apply')}
        </Button>
      </Group>
    </Stack>
  );
}
