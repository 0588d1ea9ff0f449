import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hookActions, hooksQuery } from '~/api/hooks';
import type { Hook } from '~/api/schema';
import { Button, Card, Code, ConfirmModal, EmptyState, ErrorState, FormError, Menu, Modal, Page, RowMenu, Skeleton, Stack, Text, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { HookAddress } from '~/hooks/HookAddress';
import classes from '~/hooks/Hooks.module.css';
import { NewHookModal } from '~/hooks/NewHookModal';
import { useFormats } from '~/i18n/format';
import { IconPlus, IconRefresh, IconTrash, IconWebhook } from '~/icons';

/** Addresses that take what other programs send. */
export default function Hooks() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const hooks = useQuery(hooksQuery);
  const { hidden } = useUndoable();
  const [making, setMaking] = useState(false);
  const shown = (hooks.data ?? []).filter(({ id }) => !hidden.has(`hook ${id}`));
  const add = can('audience:write') && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
      {t('hooks.new')}
    </Button>
  );
  return (
    <Page title={t('hooks.title')} back={{ to: '/automations', label: t('automation.title') }} actions={add} width="narrow">
      <Stack gap="md">
        {hooks.isPending && <Skeleton h={160} />}
        {hooks.isError && !hooks.data && <ErrorState error={hooks.error} retry={() => void hooks.refetch()} />}
        {hooks.data && shown.length === 0 && (
          <EmptyState icon={<IconWebhook size={22} />} title={t('hooks.none')} actions={add}>
            {t('hooks.about')}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <>
            <Text size="sm" c="dimmed">
              {t('hooks.about')}
            </Text>
            <Card flush>
              {shown.map((hook) => (
                <Row key={hook.id} hook={hook} />
              ))}
            </Card>
          </>
        )}
      </Stack>
      {making && <NewHookModal onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Row({ hook }: { hook: Hook }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const [asking, setAsking] = useState(false);
  const { id, name, email_at, new_people, created_at, last_received_at } = hook;
  const renew = useMutation({
    mutationFn: () => hookActions.renew(id),
    onSuccess: () => setAsking(false),
  });
  return (
    <div className={classes.row}>
      <div>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text component="div" size="xs" c="dimmed">
          {t('hooks.email_at')}: <Code>{email_at}</Code>
        </Text>
        <Text size="xs" c="dimmed">
          {t('hooks.new_people')}: {t(`hooks.new_${new_people}`)}
        </Text>
      </div>
      <div>
        <Text size="xs" title={last_received_at ? format.dateTime(last_received_at) : undefined}>
          {last_received_at ? t('hooks.used', { when: format.ago(last_received_at) }) : t('hooks.unused')}
        </Text>
        <Text size="xs" c="dimmed">
          {t('hooks.made_on', { day: format.date(created_at) })}
        </Text>
      </div>
      {can('audience:write') && (
        <RowMenu of={name}>
          <Menu.Item leftSection={<IconRefresh size={15} />} onClick={() => setAsking(true)}>
            {t('hooks.renew')}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} />}
            onClick={() =>
              later(`hook ${id}`, t('named.deleted', { name }), async () => {
                await hookActions.remove(id);
                await queries.invalidateQueries({ queryKey: hooksQuery.queryKey });
              })
            }
          >
            {t('action.delete')}
          </Menu.Item>
        </RowMenu>
      )}
      <ConfirmModal opened={asking} onClose={() => setAsking(false)} title={t('hooks.renew_title', { name })} confirm={t('hooks.renew')} busy={renew.isPending} onConfirm={() => renew.mutate()} danger={false}>
        <Stack gap="md">
          <Text size="sm">{t('hooks.renew_text')}</Text>
          <FormError error={renew.error} />
        </Stack>
      </ConfirmModal>
      {renew.data && (
        <Modal opened onClose={renew.reset} size="lg" title={name} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('action.close') }}>
          <HookAddress hook={renew.data} onClose={renew.reset} />
        </Modal>
      )}
    </div>
  );
}
