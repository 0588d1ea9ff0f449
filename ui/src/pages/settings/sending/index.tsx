import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Transport } from '~/api/schema';
import { transportsQuery } from '~/api/settings';
import { Alert, Button, Card, describeError, ErrorState, Menu, RowMenu, Skeleton, StatusBadge, Text, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconEdit, IconPlus, IconStar, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';
import { TransportModal } from './TransportModal';

/** How mail leaves: the sandbox, which keeps it, or mail servers. */
export default function Sending() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const mayWrite = can('settings:write');
  const { hidden, later } = useUndoable();
  const transports = useQuery(transportsQuery);
  const [editing, setEditing] = useState<Transport | 'new' | null>(null);
  const shown = (transports.data ?? []).filter(({ id }) => !hidden.has(`transport ${id}`));
  const sandboxed = transports.data && !transports.data.some(({ kind, is_default }) => kind === 'smtp' && is_default);
  const makeDefault = useMutation({
    mutationFn: (id: string) => body(api.PATCH('/api/transports/{id}', { params: { path: { id } }, body: { is_default: true } })),
    onError: toast.failed,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['transports'] });
      toast.done(t('person.saved'));
    },
  });

  return (
    <SettingsPage
      title={t('settings.sending')}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
            {t('transports.add')}
          </Button>
        )
      }
    >
      {transports.isPending && <Skeleton h={140} />}
      {transports.isError && <ErrorState error={transports.error} retry={() => void transports.refetch()} />}
      {sandboxed && (
        <Alert color="iris" variant="light" title={t('setup.sandbox')}>
          {t('transports.sandbox')}
        </Alert>
      )}
      {shown.length > 0 && (
        <Card flush title={t('transports.title')}>
          {shown.map((transport) => (
            <div key={transport.id} className={classes.row}>
              <div>
                <Text size="sm" fw={500}>
                  {transport.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {transport.smtp ? `${transport.smtp.host}:${transport.smtp.port}` : t('transports.kind_sandbox')}
                </Text>
                <Test transport={transport} />
              </div>
              {transport.failover_order !== null && <StatusBadge tone="quiet">{t('transports.stands_in', { n: transport.failover_order })}</StatusBadge>}
              {transport.is_default && <StatusBadge tone="good">{t('transports.default')}</StatusBadge>}
              {mayWrite && (
                <RowMenu of={transport.name}>
                  {transport.kind === 'smtp' && (
                    <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(transport)}>
                      {t('action.edit')}
                    </Menu.Item>
                  )}
                  {!transport.is_default && (
                    <Menu.Item leftSection={<IconStar size={15} />} onClick={() => makeDefault.mutate(transport.id)}>
                      {t('transports.make_default')}
                    </Menu.Item>
                  )}
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={15} />}
                    onClick={() =>
                      later(`transport ${transport.id}`, t('named.deleted', { name: transport.name }), async () => {
                        await api.DELETE('/api/transports/{id}', { params: { path: { id: transport.id } } });
                        await queries.invalidateQueries({ queryKey: ['transports'] });
                      })
                    }
                  >
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              )}
            </div>
          ))}
        </Card>
      )}
      {editing && <TransportModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </SettingsPage>
  );
}

/** Asks the server to connect, and says what came of it. */
function Test({ transport }: { transport: Transport }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const test = useMutation({ mutationFn: () => body(api.POST('/api/transports/{id}/test', { params: { path: { id: transport.id } } })) });
  if (!can('settings:write') || transport.kind === 'sandbox') return null;
  return (
    <>
      <Button mt={6} size="compact-xs" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
        {t('transports.test')}
      </Button>
      <div role="status">
        {test.data && (
          <Text size="xs" mt={4} c={test.data.ok ? undefined : 'red'}>
            {test.data.ok ? t('transports.works', { capabilities: test.data.capabilities.join(', ') }) : (test.data.error ?? t('error.unexpected'))}
          </Text>
        )}
        {test.isError && (
          <Text size="xs" mt={4} c="red">
            {describeError(test.error, t)}
          </Text>
        )}
      </div>
    </>
  );
}
