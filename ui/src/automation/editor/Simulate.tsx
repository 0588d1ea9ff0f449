import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asDocument, automationActions } from '~/api/automations';
import type { SimulateAutomation, SimulatedLine } from '~/api/schema';
import { ActionIcon, Alert, Box, Button, Drawer, FormError, Group, NumberField, SegmentedControl, Select, Stack, Text, TextInput, TextLink } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconPlayerPlay, IconPlus, IconSend, IconTrash } from '~/icons';
import { PersonPicker } from '~/editor/preview/PersonPicker';
import type { Definition } from '../model/types';
import { useRunWords } from '../lines';
import type { Things, Words } from '../words';
import { ThingPicker } from './panel/fields';
import classes from './Simulate.module.css';

const LATER_EVENTS = ['message.opened', 'message.clicked', 'message.unsubscribed', 'group.left'] as const;

interface Later {
  hours: number;
  event: (typeof LATER_EVENTS)[number];
  step: string;
  group: string | undefined;
}

interface Props {
  id: string;
  definition: Definition;
  words: Words;
  things: Things;
  opened: boolean;
  onClose: () => void;
}

/** Lets somebody walk through the draft on a clock that jumps from wait to wait. Nothing is sent. */
export function Simulate({ id, definition, words, things, opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={480} title={t('automation.simulate')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Stage id={id} definition={definition} words={words} things={things} />
    </Drawer>
  );
}

function Stage({ id, definition, words, things }: Pick<Props, 'id' | 'definition' | 'words' | 'things'>) {
  const { t } = useTranslation();
  const said = useRunWords(words, definition);
  const { can } = useFrame();
  const [who, setWho] = useState<'invented' | 'real'>('invented');
  const [person, setPerson] = useState<string | null>(null);
  const [email, setEmail] = useState('ada@example.com');
  const [trigger, setTrigger] = useState(definition.triggers[0]?.id ?? '');
  const [later, setLater] = useState<Later[]>([]);
  const mails = definition.steps.filter(({ kind }) => kind === 'send_email');
  const wanted = (): SimulateAutomation => ({
    document: asDocument(definition),
    trigger,
    ...(who === 'real' && person ? { subscriber_id: person } : { contact: { email, status: 'active' } }),
    later: later.map(({ hours, event, step, group }) => ({
      after_minutes: hours * 60,
      event,
      ...(event.startsWith('message.') && step ? { step } : {}),
      ...(event === 'group.left' ? { subject: group } : {}),
    })),
  });
  const simulate = useMutation({ mutationFn: (what: SimulateAutomation) => automationActions.simulate(id, what) });
  const change = (index: number, part: Partial<Later>) => setLater((now) => now.with(index, { ...now[index]!, ...part }));
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('automation.simulate_text')}
      </Text>
      <SegmentedControl
        aria-label={t('automation.who')}
        value={who}
        onChange={(value) => setWho(value as typeof who)}
        data={[
          { value: 'invented', label: t('automation.invented') },
          { value: 'real', label: t('automation.real') },
        ]}
      />
      {who === 'invented' ? (
        <TextInput type="email" label={t('sign_in.email')} value={email} onChange={({ currentTarget }) => setEmail(currentTarget.value)} />
      ) : (
        <PersonPicker value={person} onChange={setPerson} />
      )}
      {definition.triggers.length > 1 && (
        <Select
          label={t('automation.comes_in')}
          data={definition.triggers.map((one) => ({ value: one.id, label: words.trigger(one) }))}
          value={trigger}
          allowDeselect={false}
          onChange={(value) => setTrigger(value ?? '')}
        />
      )}
      <Text size="sm" fw={600}>
        {t('automation.later')}
      </Text>
      {later.map((one, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- they have no names
        <Group key={index} gap="xs" align="flex-end" role="group" aria-label={t('automation.later_n', { n: index + 1 })}>
          <NumberField size="sm" w={90} label={t('automation.unit_hours')} min={0} allowDecimal={false} always value={one.hours} onChange={(hours = 0) => change(index, { hours })} />
          <Select
            flex={1}
            miw={150}
            label={t('automation.event')}
            data={LATER_EVENTS.map((event) => ({ value: event, label: t(`automation_event.${event}`) }))}
            value={one.event}
            allowDeselect={false}
            onChange={(event) => change(index, { event: event as Later['event'] })}
          />
          {one.event.startsWith('message.') && mails.length > 0 && (
            <Select
              flex={1}
              miw={120}
              label={t('automation.param_step')}
              data={mails.map((step) => ({ value: step.id, label: words.title(step) }))}
              value={one.step}
              allowDeselect={false}
              onChange={(step) => change(index, { step: step ?? '' })}
            />
          )}
          {one.event === 'group.left' && (
            <Box flex={1} miw={120}>
              <ThingPicker label={t('filter.group')} data={things.group} value={one.group} disabled={false} onChange={(chosen) => change(index, { group: chosen })} />
            </Box>
          )}
          <ActionIcon size="lg" aria-label={t('automation.remove_part', { part: t('automation.later_n', { n: index + 1 }) })} onClick={() => setLater(later.toSpliced(index, 1))}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Group gap="xs">
        <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => setLater([...later, { hours: 1, event: 'message.clicked', step: mails[0]?.id ?? '', group: undefined }])}>
          {t('automation.add_later')}
        </Button>
        <Button leftSection={<IconPlayerPlay size={15} />} loading={simulate.isPending} disabled={(who === 'real' && !person) || later.some(({ event, group }) => event === 'group.left' && !group)} onClick={() => simulate.mutate(wanted())}>
          {t('automation.run_simulation')}
        </Button>
      </Group>
      <FormError error={simulate.error} fields={[]} />
      {simulate.data && (
        <div aria-live="polite">
          {!simulate.data.entered && (
            <Alert color="orange" variant="light">
              {t('automation.not_entered', { why: said.refusal(simulate.data.refused) })}
            </Alert>
          )}
          <Story lines={simulate.data.story} definition={definition} words={words} />
          {simulate.data.error && (
            <Alert color="orange" variant="light" mt="sm">
              {simulate.data.error}
            </Alert>
          )}
          {simulate.data.outcome && (
            <Text size="sm" fw={600} mt="sm">
              {t('automation.ended', { outcome: said.outcome(simulate.data.outcome) })}
            </Text>
          )}
        </div>
      )}
      {simulate.data && mails.length > 0 && can('campaigns:send') && (
        // The mails of the story that is told, whatever is typed above since.
        <SendToMe key={simulate.submittedAt} id={id} wanted={simulate.variables} definition={definition} words={words} />
      )}
    </Stack>
  );
}

/** Sends the mails that were on the way to oneself, at once. */
function SendToMe({ id, wanted, definition, words }: Pick<Props, 'id' | 'definition' | 'words'> & { wanted: SimulateAutomation }) {
  const { t } = useTranslation();
  const { session } = useFrame();
  const [address, setAddress] = useState(session.user.email);
  const send = useMutation({ mutationFn: () => automationActions.testRun(id, { address, simulate: wanted }) });
  const title = (step: string) => {
    const found = definition.steps.find((one) => one.id === step);
    return found ? words.title(found) : step;
  };
  return (
    <Stack gap="xs" role="group" aria-label={t('automation.test_run')}>
      <Text size="sm" fw={600}>
        {t('automation.test_run')}
      </Text>
      <Text size="sm" c="dimmed">
        {t('automation.test_run_text')}
      </Text>
      <Group gap="xs" align="flex-end">
        <TextInput flex={1} miw={180} type="email" label={t('automation.test_run_to')} value={address} onChange={({ currentTarget }) => setAddress(currentTarget.value)} />
        <Button variant="default" leftSection={<IconSend size={15} />} loading={send.isPending} disabled={!address} onClick={() => send.mutate()}>
          {t('automation.test_run_send')}
        </Button>
      </Group>
      <FormError error={send.error} fields={[]} />
      {send.data && (
        <Stack gap={4} aria-live="polite">
          {send.data.mails.length === 0 && <Text size="sm">{t('automation.test_run_none')}</Text>}
          {send.data.mails.map(({ step, message_id, error }) => (
            <Text key={step} size="sm">
              <strong>{title(step)}</strong>:{' '}
              {message_id ? (
                <TextLink to="/messages/$id" params={{ id: message_id }} underline="always">
                  {t('automation.test_run_sent')}
                </TextLink>
              ) : (
                error
              )}
            </Text>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

function Story({ lines, definition, words }: { lines: SimulatedLine[]; definition: Definition; words: Words }) {
  const format = useFormats();
  const said = useRunWords(words, definition);
  const title = (line: SimulatedLine) => {
    const step = definition.steps.find(({ id }) => id === line.step);
    return step ? words.title(step) : line.title;
  };
  return (
    <ol className={classes.story}>
      {lines.map((line, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a story does not change
        <li key={index}>
          <span className={classes.time}>{format.dateTime(line.at)}</span>
          <span>
            <strong>{title(line)}</strong>: {said.line(line)}
          </span>
        </li>
      ))}
    </ol>
  );
}
