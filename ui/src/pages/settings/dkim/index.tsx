import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { DkimKey, FoundRecord, KeyAlgorithm, RecordState } from '~/api/schema';
import { dkimKeysQuery } from '~/api/settings';
import { applyFaults, Button, Card, ConfirmModal, CopyButton, EmptyState, ErrorState, FormActions, FormError, Menu, Modal, RowMenu, Select, SimpleGrid, Skeleton, Stack, StatusBadge, Text, Textarea, TextInput, toast, useForm } from '~/components';
import { useFrame } from '~/frame/context';
import { IconKey, IconPlus, IconTrash } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';

/** What mail is signed with, and the records that let receivers check it. */
export default function Dkim() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const mayWrite = can('settings:write');
  const keys = useQuery(dkimKeysQuery);
  const [adding, setAdding] = useState(false);
  return (
    <SettingsPage
      title={t('settings.dkim')}
      actions={
        mayWrite && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
            {t('dkim.add')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed">
        {t('dkim.about')}
      </Text>
      {keys.isPending && <Skeleton h={180} />}
      {keys.isError && <ErrorState error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data?.length === 0 && (
        <EmptyState icon={<IconKey size={22} />} title={t('dkim.none')}>
          {t('dkim.none_text')}
        </EmptyState>
      )}
      {keys.data?.map((key) => (
        <Key key={key.id} of={key} />
      ))}
      {adding && <AddKey onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

function Key({ of }: { of: DkimKey }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { can } = useFrame();
  const [deleting, setDeleting] = useState(false);
  const path = { params: { path: { id: of.id } } };
  const name = `${of.selector}._domainkey.${of.domain}`;
  const change = useMutation({
    mutationFn: (is_active: boolean) => body(api.PATCH('/api/dkim-keys/{id}', { ...path, body: { is_active } })),
    onError: toast.failed,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['dkim-keys'] });
      toast.done(t('person.saved'));
    },
  });
  const look = useMutation({
    mutationFn: () => body(api.POST('/api/dkim-keys/{id}/check-dns', path)),
    onError: toast.failed,
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/dkim-keys/{id}', path),
    onError: toast.failed,
    onSuccess: async () => {
      setDeleting(false);
      await queries.invalidateQueries({ queryKey: ['dkim-keys'] });
      toast.done(t('named.deleted', { name }));
    },
  });
  return (
    <Card flush>
      <div className={classes.row}>
        <div>
          <Text size="sm" fw={500}>
            {of.domain}
          </Text>
          <Text size="xs" c="dimmed">
            {t('dkim.selector_of', { selector: of.selector, algorithm: t(`dkim.algorithm_${of.algorithm}`) })}
          </Text>
        </div>
        <StatusBadge tone={of.is_active ? 'good' : 'quiet'}>{of.is_active ? t('dkim.active') : t('dkim.inactive')}</StatusBadge>
        {can('settings:write') && (
          <>
            <Button variant={of.is_active ? 'default' : 'filled'} size="compact-sm" loading={change.isPending} onClick={() => change.mutate(!of.is_active)}>
              {of.is_active ? t('dkim.deactivate') : t('dkim.activate')}
            </Button>
            <RowMenu of={name}>
              <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setDeleting(true)}>
                {t('action.delete')}
              </Menu.Item>
            </RowMenu>
          </>
        )}
      </div>
      {!of.is_active && (
        <Text size="xs" c="dimmed" px={16} pb={10}>
          {t('dkim.then_activate')}
        </Text>
      )}
      <dl className={classes.record}>
        <Part label={t('dkim.record_type')} value={of.dns.type} copied={null} />
        <Part label={t('dkim.record_name')} value={of.dns.name} copied={t('dkim.copy_name')} />
        <Part label={t('dkim.record_value')} value={of.dns.value} copied={t('dkim.copy_value')} />
      </dl>
      {can('settings:write') && (
        <Stack gap={12} px={16} py={14} align="flex-start">
          <Button variant="default" size="compact-sm" loading={look.isPending} onClick={() => look.mutate()}>
            {t('dkim.check')}
          </Button>
          <div aria-live="polite">
            {look.data && (
              <Stack gap={8}>
                {look.data.records.map((record) => (
                  <Found key={record.purpose} record={record} />
                ))}
              </Stack>
            )}
          </div>
        </Stack>
      )}
      <ConfirmModal
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={t('named.delete', { name })}
        confirm={t('action.delete')}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
      >
        {t('dkim.delete_text')}
      </ConfirmModal>
    </Card>
  );
}

const TONES: Record<RecordState, 'good' | 'bad' | 'warn' | 'quiet'> = { ok: 'good', missing: 'warn', wrong: 'bad', unknown: 'quiet' };

/** What DNS says of one of the records, and what to do about it. */
function Found({ record }: { record: FoundRecord }) {
  const { t } = useTranslation();
  const { purpose, state } = record;
  const advice = state === 'unknown' ? t('dkim.advice_unknown') : state !== 'ok' && t(`dkim.advice_${purpose}_${state}`);
  return (
    <div className={classes.found}>
      <StatusBadge tone={TONES[state]}>{t(`dkim.state_${state}`)}</StatusBadge>
      <div>
        <Text size="sm">
          {t(`dkim.purpose_${purpose}`)}{' '}
          <Text span size="xs" c="dimmed">
            {record.name}
          </Text>
        </Text>
        {advice && (
          <Text size="xs" c="dimmed">
            {advice}
          </Text>
        )}
        {state === 'wrong' &&
          record.found.map((text) => (
            <Text key={text} size="xs" ff="monospace" className={classes.value}>
              {text}
            </Text>
          ))}
      </div>
    </div>
  );
}

/** One part of a DNS record; `copied` names the button that copies it. */
function Part({ label, value, copied }: { label: string; value: string; copied: string | null }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
      <dd>
        {copied && (
          <CopyButton value={value}>
            {({ copied: done, copy }) => (
              <Button variant="default" size="compact-xs" onClick={copy} aria-label={done ? undefined : copied}>
                {done ? t('tokens.copied') : t('dkim.copy')}
              </Button>
            )}
          </CopyButton>
        )}
      </dd>
    </>
  );
}

const ALGORITHMS: KeyAlgorithm[] = ['rsa', 'ed25519'];

function AddKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { domain: '', selector: '', algorithm: 'rsa' as KeyAlgorithm, private_key: '' } });
  const add = useMutation({
    mutationFn: ({ domain, selector, algorithm, private_key }: typeof form.values) =>
      body(
        api.POST('/api/dkim-keys', {
          body: { domain: domain.trim(), algorithm, selector: selector.trim() || null, private_key: private_key.trim() || null },
        }),
      ),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (key) => {
      await queries.invalidateQueries({ queryKey: ['dkim-keys'] });
      toast.done(t('named.added', { name: key.domain }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('dkim.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['domain', 'selector', 'algorithm', 'private_key']} />
          <TextInput label={t('dkim.domain')} description={t('dkim.domain_hint')} placeholder="example.com" data-autofocus {...form.getInputProps('domain')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t('dkim.selector')} description={t('dkim.selector_hint')} {...form.getInputProps('selector')} />
            <Select
              label={t('dkim.algorithm')}
              description={t('dkim.algorithm_hint')}
              data={ALGORITHMS.map((value) => ({ value, label: t(`dkim.algorithm_${value}`) }))}
              allowDeselect={false}
              {...form.getInputProps('algorithm')}
            />
          </SimpleGrid>
          <Textarea label={t('dkim.private_key')} description={t('dkim.private_key_hint')} autosize minRows={2} maxRows={8} {...form.getInputProps('private_key')} />
          <FormActions onCancel={onClose} pending={add.isPending} label={t('dkim.add')} />
        </Stack>
      </form>
    </Modal>
  );
}
