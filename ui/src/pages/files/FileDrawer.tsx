import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileActions, fileUsesQuery, type Picture } from '~/api/files';
import { applyFaults, Button, ConfirmModal, CopyButton, Drawer, FormError, Group, Stack, Text, TextInput, TextLink, Textarea, toast, useDisclosure, useForm } from '~/components';
import { shownAt } from '~/files/address';
import classes from '~/files/Files.module.css';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconCheck, IconCopy, IconTrash } from '~/icons';

/** One picture: what it is called, what is read out instead, and where it is shown. */
export function FileDrawer({ file, onClose }: { file: Picture | null; onClose: () => void }) {
  const { t } = useTranslation();
  // What is shown while it slides out.
  const [last, setLast] = useState(file);
  if (file && file !== last) setLast(file);
  return (
    <Drawer opened={file !== null} onClose={onClose} position="right" size={420} title={last?.name} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {last && <Details key={last.id} file={last} onClose={onClose} />}
    </Drawer>
  );
}

function Details({ file, onClose }: { file: Picture; onClose: () => void }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const queries = useQueryClient();
  const may = can('campaigns:write');
  const [asking, ask] = useDisclosure(false);
  const uses = useQuery(fileUsesQuery(file.id));
  const form = useForm({ initialValues: { name: file.name, alt: file.alt ?? '' } });
  const save = useMutation({
    mutationFn: (change: { name: string; alt: string }) => fileActions.change(file.id, change),
    onError: (error) => applyFaults(error, form),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['files'] });
      toast.done(t('files.saved'));
      onClose();
    },
  });
  const used = uses.data ?? [];
  const remove = useMutation({
    mutationFn: () => fileActions.remove(file.id, used.length > 0),
    onError: toast.failed,
    onSettled: ask.close,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['files'] });
      toast.done(t('files.deleted', { name: file.name }));
      onClose();
    },
  });

  return (
    <Stack gap="md">
      <div className={classes.large}>
        <img src={shownAt(file.url) ?? undefined} alt={file.alt ?? ''} />
      </div>
      <Text size="xs" c="dimmed">
        {file.width} × {file.height} · {format.bytes(file.size_bytes)} · {format.date(file.created_at)}
      </Text>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="sm">
          <FormError error={save.error} fields={['name', 'alt']} />
          <TextInput label={t('files.name')} readOnly={!may} {...form.getInputProps('name')} />
          <Textarea label={t('files.alt')} description={t('files.alt_hint')} autosize minRows={2} readOnly={!may} {...form.getInputProps('alt')} />
          <Group justify="space-between">
            <CopyButton value={file.url}>
              {({ copied, copy }) => (
                <Button variant="default" leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
                  {copied ? t('files.copied') : t('files.copy')}
                </Button>
              )}
            </CopyButton>
            {may && (
              <Button type="submit" loading={save.isPending}>
                {t('action.save')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <section aria-label={t('files.uses')}>
        <Text fw={600} size="sm" mb={4}>
          {t('files.uses')}
        </Text>
        {uses.isSuccess && used.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('files.unused')}
          </Text>
        )}
        <Stack gap={4}>
          {used.map((use) => (
            <Group key={`${use.kind} ${use.id}`} gap="xs">
              <Text size="xs" c="dimmed">
                {t(`files.use_${use.kind}` as 'files.use_campaign')}
              </Text>
              {use.kind === 'campaign' && use.id ? (
                <TextLink to="/campaigns/$id" params={{ id: use.id }}>
                  {use.name}
                </TextLink>
              ) : (
                <Text size="sm">{use.name}</Text>
              )}
            </Group>
          ))}
        </Stack>
      </section>
      {may && (
        <Group>
          <Button variant="subtle" color="red" leftSection={<IconTrash size={15} />} onClick={ask.open}>
            {t('files.delete')}
          </Button>
        </Group>
      )}
      <ConfirmModal
        opened={asking}
        onClose={ask.close}
        title={t('files.sure', { name: file.name })}
        confirm={t('files.delete')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        {used.length > 0 ? t('files.sure_used', { count: used.length }) : t('files.sure_text')}
      </ConfirmModal>
    </Stack>
  );
}
