import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Permission } from '~/api/schema';
import { PERMISSIONS, tokensQuery } from '~/api/settings';
import { ActionIcon, Alert, Anchor, applyFaults, Button, Card, Checkbox, Code, CopyButton, EmptyState, ErrorState, FormActions, FormError, Group, Modal, Skeleton, Stack, StatusBadge, Text, TextInput, useForm, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconKey, IconPlus, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';

export default function Tokens() {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { hidden, later } = useUndoable();
  const tokens = useQuery(tokensQuery);
  const [adding, setAdding] = useState(false);
  const shown = (tokens.data ?? []).filter(({ id }) => !hidden.has(`token ${id}`));
  const add = (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
      {t('tokens.add')}
    </Button>
  );
  return (
    <SettingsPage title={t('settings.tokens')} actions={add}>
      <Text size="sm" c="dimmed">
        {t('tokens.about')} <Anchor href="/api/docs" size="sm" underline="always">{t('tokens.docs')}</Anchor>
      </Text>
      {tokens.isPending && <Skeleton h={120} />}
      {tokens.isError && <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data && shown.length === 0 && <EmptyState icon={<IconKey size={22} />} title={t('tokens.none')} />}
      {shown.length > 0 && (
        <Card flush>
          {shown.map((token) => (
            <div key={token.id} className={classes.row}>
              <div>
                <Group gap="xs">
                  <Text size="sm" fw={500}>
                    {token.name}
                  </Text>
                  {token.revoked_at && <StatusBadge tone="quiet">{t('tokens.revoked')}</StatusBadge>}
                </Group>
                <Text size="xs" c="dimmed">
                  {token.last_used_at ? t('tokens.used', { when: format.ago(token.last_used_at) }) : t('tokens.unused')} · {token.scopes.join(', ')}
                </Text>
              </div>
              {!token.revoked_at && (
                <ActionIcon
                  aria-label={t('tokens.revoke', { name: token.name })}
                  onClick={() =>
                    later(`token ${token.id}`, t('tokens.revoked_name', { name: token.name }), async () => {
                      await api.DELETE('/api/tokens/{id}', { params: { path: { id: token.id } } });
                      await queries.invalidateQueries({ queryKey: ['tokens'] });
                    })
                  }
                >
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </div>
          ))}
        </Card>
      )}
      {adding && <AddToken onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

function AddToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const form = useForm({ initialValues: { name: '', scopes: ['audience:read'] as Permission[] } });
  const add = useMutation({
    mutationFn: (entries: typeof form.values) => body(api.POST('/api/tokens', { body: entries })),
    onError: (error) => applyFaults(error, form),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  return (
    <Modal opened onClose={onClose} title={t('tokens.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {add.data ? (
        <Stack gap="md">
          <Alert color="orange" variant="light">
            {t('tokens.once')}
          </Alert>
          <Code block>{add.data.secret}</Code>
          <Group justify="flex-end" gap="xs">
            <CopyButton value={add.data.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? t('tokens.copied') : t('tokens.copy')}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{t('action.close')}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
          <Stack gap="md">
            <FormError error={add.error} fields={['name', 'scopes']} />
            <TextInput label={t('named.name')} description={t('tokens.name_hint')} data-autofocus {...form.getInputProps('name')} />
            <Checkbox.Group label={t('tokens.scopes')} {...form.getInputProps('scopes')}>
              <Stack gap={8} mt={8}>
                {PERMISSIONS.filter((permission) => can(permission)).map((permission) => (
                  <Checkbox key={permission} size="xs" value={permission} label={t(`permission.${permission}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
            <FormActions onCancel={onClose} pending={add.isPending} label={t('tokens.add')} />
          </Stack>
        </form>
      )}
    </Modal>
  );
}
