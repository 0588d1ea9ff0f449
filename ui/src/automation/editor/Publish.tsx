import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { automationActions, automationQuery, checkAutomationQuery } from '~/api/automations';
import type { Automation, AutomationPlan, AutomationPlanPolicy } from '~/api/schema';
import { Alert, Button, ErrorState, FormError, Group, Modal, Radio, Select, Skeleton, Stack, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { faultWords } from '../faultWords';
import { ownerOf } from '../model/faults';
import { deletedIn, FATE_EXIT, FATE_NEXT, fateTo } from '../model/plan';
import type { Definition } from '../model/types';
import type { Words } from '../words';

const POLICIES: AutomationPlanPolicy[] = ['move_along', 'finish_old', 'exit_all'];

interface Props {
  id: string;
  version: number;
  live: boolean;
  definition: Definition;
  words: Words;
  onClose: () => void;
  onDone: (automation: Automation) => void;
  /** Shows a step, or a trigger (`trigger:ID`). */
  onShow: (card: string) => void;
}

/** What publishing means, in words, and what becomes of the people inside. */
export function Publish({ onClose, ...props }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} size="lg" title={t('automation.publish')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Choice onClose={onClose} {...props} />
    </Modal>
  );
}

function Choice({ id, version, live, definition, words, onClose, onDone, onShow }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const check = useQuery(checkAutomationQuery(id, version));
  const now = useQuery({ ...automationQuery(id), enabled: live });
  const [policy, setPolicy] = useState<AutomationPlanPolicy>('move_along');
  const [fates, setFates] = useState<Record<string, string>>({});
  const publish = useMutation({
    mutationFn: () => {
      const deleted = policy === 'move_along' ? deletedIn(fates) : undefined;
      const plan: AutomationPlan = { policy, ...(deleted ? { deleted } : {}) };
      return automationActions.publish(id, version, plan);
    },
    onSuccess: onDone,
  });
  if (check.isError) return <ErrorState error={check.error} retry={() => void check.refetch()} />;
  if (!check.data || (live && now.isPending)) return <Skeleton h={220} />;
  const { faults, differences, affected } = check.data;
  if (faults.length > 0) {
    return (
      <Stack gap="md">
        <Alert color="orange" variant="light" role="alert" title={t('automation.not_yet', { count: faults.length })}>
          <ul style={{ margin: 0, paddingInlineStart: 18 }}>
            {faults.map((fault) => {
              const owner = ownerOf(fault, definition.triggers);
              const step = definition.steps.find(({ id: one }) => one === owner);
              const trigger = definition.triggers.find((one) => `trigger:${one.id}` === owner);
              const title = step ? words.title(step) : trigger && `${t('automation.trigger_when')} ${words.trigger(trigger)}`;
              return (
                <li key={`${fault.path} ${fault.message}`}>
                  {title && (
                    <>
                      <Button variant="subtle" size="compact-xs" onClick={() => onShow(owner)}>
                        {title}
                      </Button>{' '}
                    </>
                  )}
                  {faultWords(t, fault)}
                </li>
              );
            })}
          </ul>
        </Alert>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.close')}
          </Button>
        </Group>
      </Stack>
    );
  }
  const people = affected.reduce((sum, one) => sum + one.people, 0);
  return (
    <Stack gap="md">
      <FormError error={publish.error} fields={[]} />
      {live ? (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('automation.changes')}
          </Text>
          {differences.length === 0 && <Text size="sm">{t('automation.no_changes')}</Text>}
          <ul style={{ margin: 0, paddingInlineStart: 18 }}>
            {differences.map(({ text }) => (
              <li key={text}>
                <Text size="sm">{text}</Text>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <Text size="sm">{t('automation.first_time')}</Text>
      )}
      {live && (
        <Radio.Group label={t('automation.inside', { inside: now.data ? format.number(now.data.counts.inside) : '?', shown: format.number(people) })} value={policy} onChange={(value) => setPolicy(value as AutomationPlanPolicy)}>
          <Stack gap="xs" mt={6}>
            {POLICIES.map((value) => (
              <Radio key={value} value={value} label={t(`automation.policy_${value}`)} description={t(`automation.policy_${value}_hint`)} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {live &&
        policy === 'move_along' &&
        affected
          .filter(({ deleted }) => deleted)
          .map(({ step, title, people: there, next }) => (
            <Select
              key={step}
              label={t('automation.fate_of', { step: title, count: there, shown: format.number(there) })}
              data={[
                { value: FATE_NEXT, label: next ? t('automation.fate_next', { step: titleOf(definition, words, next) }) : t('automation.fate_out') },
                { value: FATE_EXIT, label: t('automation.fate_exit') },
                ...definition.steps.map((one) => ({ value: fateTo(one.id), label: t('automation.fate_jump', { step: words.title(one) }) })),
              ]}
              value={fates[step] ?? FATE_NEXT}
              allowDeselect={false}
              onChange={(fate) => setFates((now) => ({ ...now, [step]: fate ?? FATE_NEXT }))}
            />
          ))}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button loading={publish.isPending} onClick={() => publish.mutate()} data-autofocus>
          {t('automation.publish')}
        </Button>
      </Group>
    </Stack>
  );
}

function titleOf(definition: Definition, words: Words, id: string): string {
  const step = definition.steps.find((one) => one.id === id);
  return step ? words.title(step) : id;
}
