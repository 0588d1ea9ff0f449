import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery, groupsQuery, tagsQuery } from '~/api/audience';
import { countQuery, exportOf, selectionOf, subscribersQuery, type Filter } from '~/api/subscribers';
import { ActionIcon, Button, EmptyState, ErrorState, LinkButton, Page, Skeleton, Stack, Tooltip, useLocalStorage, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconDownload, IconFileImport, IconFilterOff, IconPlus, IconUsers } from '~/icons';
import { AddSubscriber } from './AddSubscriber';
import { BulkBar } from './BulkBar';
import { columns as allColumns, DEFAULT_COLUMNS } from './columns';
import { Filters } from './Filters';
import { SubscriberGrid } from './SubscriberGrid';

const NOBODY: ReadonlySet<string> = new Set();
const route = getRouteApi('/_app/subscribers/');

export default function Subscribers() {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { status, group, tag, segment, search: words } = search;
  const filter: Filter = useMemo(() => ({ status, group, tag, segment, search: words }), [status, group, tag, segment, words]);
  const list = useInfiniteQuery(subscribersQuery(filter, search.sort ?? 'newest'));
  const fields = useQuery(fieldsQuery);
  const groups = useQuery(groupsQuery);
  const tags = useQuery(tagsQuery);
  const { hidden } = useUndoable();
  const [shown, setShown] = useLocalStorage({ key: 'sendero.columns', defaultValue: DEFAULT_COLUMNS });
  // What was selected under another filter may not be in view any more, so a selection belongs to its filter.
  const [selection, setSelection] = useState({ filter, ids: NOBODY });
  const selected = selection.filter === filter ? selection.ids : NOBODY;
  // A search is counted when somebody wants to do something with all that it finds, not at each letter.
  const count = useQuery({ ...countQuery(filter), enabled: !words || selected.size > 0 });

  const rows = useMemo(
    () => (list.data?.pages ?? []).flatMap((page) => page.data).filter(({ id }) => !hidden.has(`subscriber ${id}`)),
    [list.data, hidden],
  );
  const known = useMemo(
    () =>
      allColumns(t, format, fields.data ?? [], {
        groups: new Map((groups.data ?? []).map(({ id, name }) => [id, name])),
        tags: new Map((tags.data ?? []).map(({ id, name }) => [id, name])),
      }),
    [t, format, fields.data, groups.data, tags.data],
  );
  const columns = useMemo(() => shown.flatMap((key) => known.find((column) => column.key === key) ?? []), [shown, known]);
  const select = useCallback(
    (ids: string[], on: boolean) => {
      setSelection((before) => {
        const after = new Set(before.filter === filter ? before.ids : NOBODY);
        for (const id of ids) {
          if (on) after.add(id);
          else after.delete(id);
        }
        return { filter, ids: after };
      });
    },
    [filter],
  );
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);

  const filtered = Object.values(filter).some((value) => value !== undefined);
  const total = words && !list.hasNextPage ? rows.length : words && (selected.size === 0 || count.isPlaceholderData) ? undefined : count.data;
  const mayWrite = can('audience:write');
  const add = () => void navigate({ search: { ...search, add: true } });

  return (
    <Page
      width="full"
      title={t('nav.subscribers')}
      subtitle={total === undefined ? ' ' : t('subscribers.count', { count: total, number: format.number(total) })}
      actions={
        <>
          {/* A search is of the page; what is downloaded is what the filters say. */}
          {!words && rows.length > 0 && (
            <Tooltip label={t('subscribers.download')}>
              <ActionIcon component="a" variant="default" size={30} aria-label={t('subscribers.download')} href={exportOf(filter)} download>
                <IconDownload size={15} />
              </ActionIcon>
            </Tooltip>
          )}
          {mayWrite && (
            <>
              <LinkButton to="/subscribers/import" variant="default" leftSection={<IconFileImport size={15} />}>
                {t('subscribers.import')}
              </LinkButton>
              <Button leftSection={<IconPlus size={15} />} onClick={add}>
                {t('subscribers.add')}
              </Button>
            </>
          )}
        </>
      }
    >
      <Filters search={search} columns={known} shown={shown} onShown={setShown} />
      {list.isPending && (
        <Stack gap="xs">
          {Array.from({ length: 8 }, (_, row) => (
            <Skeleton key={row} h={44} />
          ))}
        </Stack>
      )}
      {list.isError && rows.length === 0 && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && !filtered && (
        <EmptyState
          icon={<IconUsers size={22} />}
          title={t('subscribers.empty')}
          actions={
            mayWrite && (
              <>
                <LinkButton to="/subscribers/import">{t('subscribers.import_file')}</LinkButton>
                <Button variant="default" onClick={add}>
                  {t('subscribers.add')}
                </Button>
              </>
            )
          }
        >
          {t('subscribers.empty_text')}
        </EmptyState>
      )}
      {list.isSuccess && rows.length === 0 && filtered && (
        <EmptyState
          icon={<IconFilterOff size={22} />}
          title={t('subscribers.no_match')}
          actions={
            <Button variant="default" onClick={() => void navigate({ search: {} })}>
              {t('filter.clear')}
            </Button>
          }
        >
          {t('subscribers.no_match_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <SubscriberGrid
          label={t('nav.subscribers')}
          rows={rows}
          columns={columns}
          total={total}
          more={list.hasNextPage}
          onMore={more}
          stale={list.isPlaceholderData}
          selected={selected}
          onSelect={select}
        />
      )}
      {mayWrite && (
        <BulkBar selected={selected} everyone={selectionOf(filter)} total={total} onClear={() => setSelection({ filter, ids: NOBODY })} />
      )}
      <AddSubscriber opened={search.add === true} onClose={() => void navigate({ search: { ...search, add: undefined } })} />
    </Page>
  );
}
