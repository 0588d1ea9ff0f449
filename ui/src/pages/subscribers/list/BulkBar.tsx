import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { BulkChange, BulkSelection } from '~/api/schema';
import { bulkActionQuery, isRunning } from '~/api/subscribers';
import { Button, ConfirmModal, JobProgress, Menu, NamePicker, Stack, Text, TextInput, toast, type NamedKind } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconChevronDown, IconX } from '~/icons';
import classes from './BulkBar.module.css';

type Kind = 'add_to_group' | 'remove_from_group' | 'add_tag' | 'remove_tag' | 'unsubscribe' | 'delete';

const KINDS: { kind: Kind; picks?: NamedKind; danger?: boolean }[] = [
  { kind: 'add_to_group', picks: 'group' },
  { kind: 'remove_from_group', picks: 'group' },
  { kind: 'add_tag', picks: 'tag' },
  { kind: 'remove_tag', picks: 'tag' },
  { kind: 'unsubscribe', danger: true },
  { kind: 'delete', danger: true },
];

function change(kind: Kind, picked: string | null): BulkChange | null {
  switch (kind) {
    case 'add_to_group':
    case 'remove_from_group':
      return picked ? { type: kind, group_id: picked } : null;
    case 'add_tag':
    case 'remove_tag':
      return picked ? { type: kind, tag_id: picked } : null;
    case 'unsubscribe':
      return { type: 'change_status', status: 'unsubscribed' };
    case 'delete':
      return { type: 'delete' };
  }
}

interface Props {
  selected: ReadonlySet<string>;
  /** Whom the list shows. */
  everyone: BulkSelection;
  total: number | undefined;
  onClear: () => void;
}

/** What can be done to the selected people, or to all whom the filters match. */
export function BulkBar({ selected, everyone, total, onClear }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const [everybody, setEverybody] = useState(false);
  const [kind, setKind] = useState<Kind | null>(null);
  const [picked, setPicked] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [job, setJob] = useState<string | null>(null);
  const progress = useQuery({ ...bulkActionQuery(job ?? ''), enabled: job !== null });
  useEffect(() => {
    if (selected.size === 0) setEverybody(false);
  }, [selected]);

  const start = useMutation({
    mutationFn: (action: BulkChange) =>
      body(
        api.POST('/api/subscribers/bulk-update', {
          body: { action, selection: everybody ? everyone : { ids: [...selected] } },
        }),
      ),
    onError: toast.failed,
    onSuccess: (made) => {
      setJob(made.id);
      close();
      onClear();
    },
  });

  const state = progress.data?.state;
  const changed = progress.data?.changed ?? 0;
  useEffect(() => {
    if (!state || isRunning({ state })) return;
    for (const key of ['subscribers', 'groups', 'tags', 'segments']) void queries.invalidateQueries({ queryKey: [key] });
    if (state === 'completed') toast.done(t('bulk.done', { count: changed, number: format.number(changed) }));
    setJob(null);
    // Once per job, when it ends.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [state]);

  function close() {
    setKind(null);
    setPicked(null);
    setTyped('');
  }

  const number = everybody ? (total ?? selected.size) : selected.size;
  const people = t('bulk.people', { count: number, number: format.number(number) });
  const chosen = KINDS.find((entry) => entry.kind === kind);
  const action = kind ? change(kind, picked) : null;
  // Deleting very many cannot be taken back, so it takes more than a click.
  const mustType = kind === 'delete' && number > 100;

  if (job && progress.data) {
    const { processed, total: of } = progress.data;
    return (
      <div className={classes.bar}>
        <div className={classes.progress}>
          <JobProgress
            label={t('bulk.running')}
            done={processed}
            total={of}
            action={
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => void api.POST('/api/bulk-actions/{id}/stop', { params: { path: { id: job } } }).catch(toast.failed)}
              >
                {t('job.stop')}
              </Button>
            }
          />
        </div>
      </div>
    );
  }
  if (selected.size === 0) return null;
  return (
    <section className={classes.bar} aria-label={t('bulk.title')}>
      <Text size="sm" fw={600} role="status">
        {t('bulk.selected', { people })}
      </Text>
      {total !== undefined && total > selected.size && (
        <Button variant="subtle" size="compact-sm" onClick={() => setEverybody(!everybody)}>
          {everybody ? t('bulk.only_selected', { number: format.number(selected.size) }) : t('bulk.everybody', { number: format.number(total) })}
        </Button>
      )}
      <Menu position="top-end" width={220}>
        <Menu.Target>
          <Button rightSection={<IconChevronDown size={15} />}>{t('bulk.actions')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {KINDS.map(({ kind: entry, danger }) => (
            <Menu.Item key={entry} color={danger ? 'red' : undefined} onClick={() => setKind(entry)}>
              {t(`bulk.${entry}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" color="gray" px={8} aria-label={t('bulk.clear')} onClick={onClear}>
        <IconX size={16} />
      </Button>
      <ConfirmModal
        opened={kind !== null}
        onClose={close}
        title={kind ? t(`bulk.${kind}`) : ''}
        confirm={t('bulk.confirm', { people })}
        danger={chosen?.danger ?? false}
        disabled={!action || (mustType && typed !== String(number))}
        busy={start.isPending}
        onConfirm={() => action && start.mutate(action)}
      >
        <Stack gap="sm">
          {chosen?.picks && (
            <NamePicker kind={chosen.picks} label={chosen.picks === 'group' ? t('filter.group') : t('filter.tag')} value={picked} onChange={setPicked} />
          )}
          {kind === 'unsubscribe' && <Text size="sm">{t('bulk.unsubscribe_text', { people })}</Text>}
          {kind === 'delete' && <Text size="sm">{t('bulk.delete_text', { people })}</Text>}
          {mustType && (
            <TextInput label={t('bulk.type_number', { number })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
          )}
        </Stack>
      </ConfirmModal>
    </section>
  );
}
