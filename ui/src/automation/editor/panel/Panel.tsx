import { useTranslation } from 'react-i18next';
import { Alert, Button, Group, NumberField, Select, Stack, Switch, Text, TextInput, Title } from '~/components';
import { IconTrash } from '~/icons';
import { change, edgesOf, freeId, hasNext, setWith, stepOf } from '../../model/graph';
import { isKnownKind } from '../../model/catalog';
import type { Definition, Exit, Pattern, Reentry, Settings, Step, Trigger } from '../../model/types';
import { useDefinition, useEditor, useEditorStore } from '../../state';
import { useSettle, type StepActions } from '../actions';
import { ConditionFields, HappensFields, PatternFields, WindowFields, type Shared } from './fields';
import { StepFields } from './StepFields';

interface Props extends Shared {
  actions: StepActions;
  faults: ReadonlyMap<string, string[]>;
}

/** What is chosen, and what can be changed about it. */
export function Panel(props: Props) {
  const { t } = useTranslation();
  const definition = useDefinition();
  const selected = useEditor((state) => state.selected);
  if (selected?.kind === 'step') {
    const step = stepOf(definition, selected.id);
    if (step) return <StepPanel key={step.id} step={step} {...props} />;
  }
  if (selected?.kind === 'trigger') {
    const trigger = definition.triggers.find(({ id }) => id === selected.id);
    if (trigger) return <TriggerPanel key={trigger.id} trigger={trigger} {...props} />;
  }
  const { actions: _actions, ...rest } = props;
  if (selected?.kind === 'settings') return <SettingsPanel {...rest} />;
  return (
    <Text size="sm" c="dimmed">
      {t('automation.choose_step')}
    </Text>
  );
}

function StepPanel({ step, actions, faults, ...shared }: Props & { step: Step }) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const definition = useDefinition();
  const { words, disabled } = shared;
  const settle = useSettle(words);
  const put = (by: (step: Step) => Step) => store.change(change(definition, step.id, by), `step ${step.id}`);
  const failing = step.kind === 'send_email' || step.kind === 'http_call';
  return (
    <Stack gap="md">
      <Title order={2}>{words.kind(step.kind)}</Title>
      <Faults of={faults.get(step.id)} />
      {isKnownKind(step.kind) && step.kind !== 'end' && step.kind !== 'jump' && (
        <TextInput
          label={t('automation.name')}
          description={t('automation.name_hint')}
          value={step.name ?? ''}
          disabled={disabled}
          onChange={({ currentTarget: { value } }) => put((now) => clean({ ...now, name: value || undefined }))}
        />
      )}
      <StepFields step={step} set={(changed) => settle(setWith(definition, step.id, changed), `step ${step.id}`)} {...shared} />
      {failing && hasNext(step) && (
        <Switch
          label={t('automation.on_failure')}
          description={t('automation.on_failure_hint')}
          checked={step.on_failure !== undefined}
          disabled={disabled}
          onChange={({ currentTarget: { checked } }) => settle(change(definition, step.id, (now) => clean({ ...now, on_failure: checked ? now.next : undefined })))}
        />
      )}
      {!disabled && actions.mayRemove(step) && (
        <Group>
          <Button variant="default" color="red" leftSection={<IconTrash size={15} />} onClick={() => actions.remove(step)}>
            {t('automation.remove_step')}
          </Button>
        </Group>
      )}
      {edgesOf(step).length > 1 && (
        <Text size="xs" c="dimmed">
          {t('automation.ways_text')}
        </Text>
      )}
    </Stack>
  );
}

const POLICIES = ['once', 'once_per', 'after_end', 'always'] as const;

function Faults({ of = [] }: { of: string[] | undefined }) {
  if (of.length === 0) return null;
  return (
    <Alert color="orange" variant="light">
      {of.map((message) => (
        <div key={message}>{message}</div>
      ))}
    </Alert>
  );
}

function TriggerPanel({ trigger, actions, faults, ...shared }: Props & { trigger: Trigger }) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const definition = useDefinition();
  const { disabled } = shared;
  const put = (part: Partial<Trigger>) =>
    store.change({ ...definition, triggers: definition.triggers.map((one) => (one.id === trigger.id ? clean({ ...one, ...part }) : one)) }, `trigger ${trigger.id}`);
  const reentry: Reentry = trigger.reentry ?? { policy: 'once' };
  const happens = (on: Pattern) => {
    // What comes again and again would let everybody in only the first time.
    const again = on.event === 'schedule.fired' && trigger.on.event !== on.event && reentry.policy === 'once';
    put(again ? { on, reentry: { policy: 'after_end' } } : { on });
  };
  return (
    <Stack gap="md">
      <Title order={2}>{t('automation.trigger')}</Title>
      <Faults of={faults.get(`trigger:${trigger.id}`)} />
      <PatternFields label={t('automation.when')} value={trigger.on} onChange={happens} {...shared} />
      <Switch
        label={t('automation.only_some')}
        checked={trigger.filter !== undefined}
        disabled={disabled}
        onChange={({ currentTarget: { checked } }) => put({ filter: checked ? { contact: { all: [{ field: 'status', op: 'equals', value: 'active' }] } } : undefined })}
      />
      {trigger.filter && <ConditionFields label={t('automation.filter')} value={trigger.filter} onChange={(filter) => put({ filter })} {...shared} />}
      <Select
        label={t('automation.reentry')}
        data={POLICIES.map((value) => ({ value, label: t(`automation.reentry_${value}`) }))}
        value={reentry.policy}
        allowDeselect={false}
        disabled={disabled}
        onChange={(policy) => put({ reentry: policy === 'once_per' ? { policy, hours: 24 * 30 } : ({ policy } as Reentry) })}
      />
      {reentry.policy === 'once_per' && (
        <NumberField
          size="sm"
          label={t('automation.reentry_hours')}
          min={1}
          max={87_600}
          allowDecimal={false}
          always
          disabled={disabled}
          value={reentry.hours}
          onChange={(hours = 1) => put({ reentry: { policy: 'once_per', hours } })}
        />
      )}
      <TextInput
        label={t('automation.key')}
        description={t('automation.key_hint')}
        value={trigger.key ?? ''}
        disabled={disabled}
        onChange={({ currentTarget: { value } }) => put({ key: value || undefined })}
      />
      {!disabled && definition.triggers.length > 1 && (
        <Group>
          <Button variant="default" color="red" leftSection={<IconTrash size={15} />} onClick={() => actions.removeTrigger(trigger.id)}>
            {t('automation.remove_trigger')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

/** What is about the whole: the goal, what ends a run, and when nobody is written to. */
function SettingsPanel({ faults, ...shared }: Omit<Props, 'actions'>) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const definition = useDefinition();
  const { disabled } = shared;
  const settle = useSettle(shared.words);
  const set = (part: Partial<Definition>) => store.change(clean({ ...definition, ...part }), 'settings');
  const settings: Settings = definition.settings ?? {};
  const setSettings = (part: Settings) => {
    const changed = clean({ ...settings, ...part });
    set({ settings: Object.keys(changed).length > 0 ? changed : undefined });
  };
  const exits: Exit[] = definition.exits ?? [];
  const setExits = (changed: Exit[]) => set({ exits: changed.length > 0 ? changed : undefined });
  const cap = settings.caps?.[0];
  const quiet = settings.quiet_hours;
  return (
    <Stack gap="md">
      <Title order={2}>{t('automation.settings')}</Title>
      <Faults of={faults.get('')} />
      <Switch
        label={t('automation.goal')}
        description={t('automation.goal_hint')}
        checked={definition.goal !== undefined}
        disabled={disabled}
        onChange={({ currentTarget: { checked } }) => settle(clean({ ...definition, goal: checked ? { on: { event: 'message.clicked' } } : undefined }))}
      />
      {definition.goal && (
        <HappensFields label={t('automation.goal_reached')} on={definition.goal.on} when={definition.goal.when} onChange={(changed) => set({ goal: clean({ ...changed, next: definition.goal?.next }) })} {...shared} />
      )}
      <Text size="sm" fw={600}>
        {t('automation.exits')}
      </Text>
      <Text size="xs" c="dimmed">
        {t('automation.exits_hint')}
      </Text>
      {exits.map((exit, index) => (
        <Stack key={exit.id} gap="xs" role="group" aria-label={t('automation.exit', { n: index + 1 })}>
          <HappensFields label={t('automation.exit', { n: index + 1 })} on={exit.on} when={exit.when} onChange={(changed) => setExits(exits.with(index, { id: exit.id, ...changed }))} {...shared} />
          {!disabled && (
            <Group>
              <Button variant="subtle" color="red" size="compact-sm" onClick={() => setExits(exits.toSpliced(index, 1))}>
                {t('automation.remove_part', { part: t('automation.exit', { n: index + 1 }) })}
              </Button>
            </Group>
          )}
        </Stack>
      ))}
      {!disabled && (
        <Group>
          <Button variant="default" size="compact-sm" onClick={() => setExits([...exits, { id: freeId(exits, 'exit'), on: { event: 'group.left' } }])}>
            {t('automation.add_exit')}
          </Button>
        </Group>
      )}
      <Switch
        label={t('automation.cap')}
        checked={cap !== undefined}
        disabled={disabled}
        onChange={({ currentTarget: { checked } }) => setSettings({ caps: checked ? [{ messages: 1, per: 'day' }] : undefined })}
      />
      {cap && (
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <NumberField size="sm" flex={1} label={t('automation.cap_messages')} min={1} max={1000} allowDecimal={false} always disabled={disabled} value={cap.messages} onChange={(messages = 1) => setSettings({ caps: [{ ...cap, messages }] })} />
          <Select
            flex={1}
            label={t('automation.cap_per')}
            data={(['day', 'week'] as const).map((per) => ({ value: per, label: t(`automation.per_${per}`) }))}
            value={cap.per}
            allowDeselect={false}
            disabled={disabled}
            onChange={(per) => setSettings({ caps: [{ ...cap, per: per as 'day' | 'week' }] })}
          />
        </Group>
      )}
      <Switch
        label={t('automation.quiet')}
        checked={quiet !== undefined}
        disabled={disabled}
        onChange={({ currentTarget: { checked } }) => setSettings({ quiet_hours: checked ? { during: { from: '20:00', to: '08:00' } } : undefined })}
      />
      {quiet && <WindowFields label={t('automation.quiet')} value={quiet.during} disabled={disabled} onChange={(during) => setSettings({ quiet_hours: { ...quiet, during } })} />}
      <Switch
        label={t('automation.stay')}
        description={t('automation.stay_hint')}
        checked={settings.stay_when_unsubscribed === true}
        disabled={disabled}
        onChange={({ currentTarget: { checked } }) => setSettings({ stay_when_unsubscribed: checked || undefined })}
      />
    </Stack>
  );
}
