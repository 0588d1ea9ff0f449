import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { isProblem } from '~/api/problem';
import type { Account } from '~/api/schema';
import { accountQuery } from '~/api/session';
import { applyFaults, Button, Card, ErrorState, FormError, SimpleGrid, Skeleton, Stack, Textarea, TextInput, TimeZoneSelect, toast, useForm } from '~/components';
import { useFrame } from '~/frame/context';
import { SettingsPage } from '../SettingsPage';

const FIELDS = ['name', 'time_zone', 'language', 'sender_name', 'sender_email', 'reply_to', 'postal_address'] as const;

export default function AccountSettings() {
  const { t } = useTranslation();
  const account = useQuery(accountQuery);
  // What is being typed stays when somebody else saves; whoever saves second is told, and begins anew.
  const [round, setRound] = useState(0);
  return (
    <SettingsPage title={t('settings.account')}>
      {account.isPending && <Skeleton h={320} />}
      {account.isError && <ErrorState error={account.error} retry={() => void account.refetch()} />}
      {account.data && <AccountForm key={round} loaded={account.data} onOvertaken={() => void account.refetch().then(() => setRound((now) => now + 1))} />}
    </SettingsPage>
  );
}

function AccountForm({ loaded, onOvertaken }: { loaded: Account; onOvertaken: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const readOnly = !can('settings:write');
  const [account, setAccount] = useState(loaded);
  const form = useForm({ initialValues: Object.fromEntries(FIELDS.map((name) => [name, account[name] ?? ''])) as Record<(typeof FIELDS)[number], string> });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => {
      const { name, time_zone, language, ...optional } = entries;
      const cleared = Object.fromEntries(Object.entries(optional).map(([key, value]) => [key, value.trim() || null]));
      return body(
        api.PATCH('/api/account', {
          // Two people may edit at once: the second is told.
          params: { header: { 'If-Match': `"${account.version}"` } },
          body: { name, time_zone, language, ...cleared },
        }),
      );
    },
    onError: (error) => {
      applyFaults(error, form);
      if (isProblem(error) && error.status === 412) {
        toast.failed(error);
        onOvertaken();
      }
    },
    onSuccess: async (changed) => {
      setAccount(changed);
      queries.setQueryData(accountQuery.queryKey, changed);
      await queries.invalidateQueries({ queryKey: ['session'] });
      toast.done(t('person.saved'));
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={save.error} fields={[...FIELDS]} />
        <Card title={t('settings.general')}>
          <Stack gap="md">
            <TextInput label={t('setup.account_name')} readOnly={readOnly} {...form.getInputProps('name')} />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TimeZoneSelect label={t('setup.time_zone')} description={t('setup.time_zone_hint')} readOnly={readOnly} {...form.getInputProps('time_zone')} />
              <TextInput label={t('subscriber.language')} description={t('settings.language_hint')} readOnly={readOnly} {...form.getInputProps('language')} />
            </SimpleGrid>
          </Stack>
        </Card>
        <Card title={t('settings.brand')}>
          <Stack gap="md">
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput label={t('setup.sender_name')} readOnly={readOnly} {...form.getInputProps('sender_name')} />
              <TextInput label={t('setup.sender_email')} type="email" readOnly={readOnly} {...form.getInputProps('sender_email')} />
              <TextInput label={t('settings.reply_to')} type="email" readOnly={readOnly} {...form.getInputProps('reply_to')} />
            </SimpleGrid>
            <Textarea
              label={t('setup.postal_address')}
              description={t('setup.postal_address_hint')}
              autosize
              minRows={2}
              readOnly={readOnly}
              {...form.getInputProps('postal_address')}
            />
          </Stack>
        </Card>
        {!readOnly && (
          <Button type="submit" loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
            {t('action.save')}
          </Button>
        )}
      </Stack>
    </form>
  );
}
