import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { automationActions, type ChosenRuns } from '~/api/automations';
import type { AutomationRunAction } from '~/api/schema';
import type { Choice } from '~/automation/words';
import { Button, ConfirmModal, Menu, Select, Stack, Text, toast } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconChevronDown, IconX } from '~/icons';
import classes from '../subscribers/list/BulkBar.module.css';

export interface Chosen {
  whom: ChosenRuns;
  /** How many they are, if that is known. */
  number: number | undefined;
  actions: readonly AutomationRunAction[];
}

/** What is to be done with whom. */
export type Wish = Chosen & { action: AutomationRunAction };

/** Changes runs, at once or after a question. */
export function useChangeRuns(automation: string, onDone: () => void) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ action, whom, to }: { action: AutomationRunAction; whom: ChosenRuns; to?: string }) => automationActions.changeRuns(automation, action, whom, to),
    onError: toast.failed,
    onSuccess: async (changed) => {
      onDone();
      toast.done(t('automation.runs_changed', { count: changed }));
      await queries.invalidateQueries({ queryKey: ['automations', automation] });
    },
  });
}

interface BarProps {
  chosen: Chosen;
  /** Everyone whom the filter shows, when that is more. */
  everyone?: { chosen: boolean; onToggle: () => void };
  onWish: (action: AutomationRunAction) => void;
  onClear: () => void;
}

/** What can be done with the people who are chosen. */
export function RunsBar({ chosen: { number, actions }, everyone, onWish, onClear }: BarProps) {
  const { t } = useTranslation();
  const format = useFormats();
  const people = number === undefined ? t('automation.everyone_here') : t('bulk.people', { count: number, number: format.number(number) });
  return (
    <section className={classes.bar} aria-label={t('bulk.title')}>
      <Text size="sm" fw={600} role="status">
        {t('bulk.selected', { people })}
      </Text>
      {everyone && (
        <Button variant="subtle" size="compact-sm" onClick={everyone.onToggle}>
          {t(everyone.chosen ? 'automation.only_chosen' : 'automation.choose_everyone')}
        </Button>
      )}
      <Menu position="top-end" width={220}>
        <Menu.Target>
          <Button disabled={actions.length === 0} rightSection={<IconChevronDown size={15} />}>
            {t('bulk.actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {actions.map((action) => (
            <Menu.Item key={action} color={action === 'exit' ? 'red' : undefined} onClick={() => onWish(action)}>
              {t(`run_action.${action}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" color="gray" px={8} aria-label={t('bulk.clear')} onClick={onClear}>
        <IconX size={16} />
      </Button>
    </section>
  );
}

interface AskProps {
  wish: Wish;
  /** The steps of the live version. */
  steps: Choice[];
  busy: boolean;
  onClose: () => void;
  onGo: (to: string | undefined) => void;
}

/** Asks before it happens, and where people are moved to. */
export function AskRuns({ wish: { action, number }, steps, busy, onClose, onGo }: AskProps) {
  const { t } = useTranslation();
  const format = useFormats();
  const [to, setTo] = useState<string | null>(null);
  const people = number === undefined ? t('automation.everyone_here') : t('bulk.people', { count: number, number: format.number(number) });
  return (
    <ConfirmModal
      opened
      onClose={onClose}
      title={t(`run_action.${action}`)}
      confirm={t('bulk.confirm', { people })}
      danger={action === 'exit'}
      disabled={action === 'move' && to === null}
      busy={busy}
      onConfirm={() => onGo(to ?? undefined)}
    >
      <Stack gap="sm">
        {action === 'move' && <Select label={t('automation.move_to')} placeholder={t('picker.choose')} data={steps} value={to} searchable onChange={setTo} />}
        <Text size="sm">{t(`run_action_text.${action}`)}</Text>
      </Stack>
    </ConfirmModal>
  );
}
