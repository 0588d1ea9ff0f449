import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Entry } from '~/api/schema';
import { auditQuery, membersQuery, tokensQuery } from '~/api/settings';
import { Button, Card, EmptyState, ErrorState, Group, Select, Skeleton, Text } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconHistory } from '~/icons';
import { SettingsPage } from '../SettingsPage';
import classes from '../SettingsPage.module.css';
import { AUDITED, changes, DONE, shown } from './entry';

const route = getRouteApi('/_app/settings/audit');

/** Who changed what. */
export default function Audit() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const filter = route.useSearch();
  const log = useInfiniteQuery(auditQuery(filter));
  const nameOf = useActors();
  const rows = log.data?.pages.flatMap((page) => page.data) ?? [];
  // A row whose actor is named after it is shown may need another line, and push those below it.
  const pending = log.isPending || nameOf.pending;
  return (
    <SettingsPage title={t('settings.audit')}>
      <Text size="sm" c="dimmed">
        {t('audit.about')}
      </Text>
      <Group gap="xs">
        <Select
          w={200}
          aria-label={t('audit.kind')}
          placeholder={t('audit.every_kind')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={AUDITED.map((value) => ({ value, label: t(`audit.kind_${value}`) }))}
          value={filter.kind ?? null}
          onChange={(kind) => void navigate({ search: { ...filter, kind: kind ?? undefined }, replace: true })}
        />
        <Select
          w={240}
          aria-label={t('audit.actor')}
          placeholder={t('audit.everybody')}
          clearable
          searchable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          nothingFoundMessage={t('picker.nothing')}
          data={nameOf.all}
          value={filter.actor ?? null}
          onChange={(actor) => void navigate({ search: { ...filter, actor: actor ?? undefined }, replace: true })}
        />
      </Group>
      {pending && <Skeleton h={320} />}
      {log.isError && <ErrorState error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && rows.length === 0 && <EmptyState icon={<IconHistory size={22} />} title={t('audit.none')} />}
      {!pending && rows.length > 0 && (
        <Card flush>
          {rows.map((entry) => (
            <Row key={entry.id} entry={entry} actor={nameOf.one(entry.actor)} />
          ))}
        </Card>
      )}
      {!pending && log.hasNextPage && (
        <Button variant="default" style={{ alignSelf: 'center' }} loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
    </SettingsPage>
  );
}

function Row({ entry, actor }: { entry: Entry; actor: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const lines = changes(entry);
  const kind = AUDITED.find((one) => one === entry.target_kind);
  const verb = entry.action.split('.').at(-1) ?? '';
  const session = { 'session.created': t('audit.signed_in'), 'session.deleted': t('audit.signed_out') }[entry.action];
  const done = DONE.find((one) => one === verb);
  return (
    <details className={classes.entry}>
      <summary>
        <span>
          <Text span size="sm" fw={500}>
            {actor}
          </Text>{' · '}
          <Text span size="sm">
            {session ? '' : `${kind ? t(`audit.kind_${kind}`) : entry.target_kind} ${nameIn(entry)} `}
          </Text>
          <Text span size="sm" c="dimmed">
            {session ?? (done ? t(`audit.did_${done}`) : verb.replaceAll('_', ' '))}
          </Text>
        </span>
        <Text span size="xs" c="dimmed" className="tabular">
          {format.dateTime(entry.at)}
        </Text>
      </summary>
      <Text size="xs" c="dimmed" mt={6}>
        {entry.action} · {entry.target_kind} {entry.target_id}
      </Text>
      {lines.length === 0 ? (
        <Text size="xs" c="dimmed" mt={6}>
          {t('audit.no_details')}
        </Text>
      ) : (
        <table className={classes.changes}>
          <thead>
            <tr>
              <th scope="col">{t('audit.field')}</th>
              <th scope="col">{t('audit.before')}</th>
              <th scope="col">{t('audit.after')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td>{shown(before)}</td>
                <td>{shown(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

/** What the thing is called, where the entry tells. */
function nameIn({ before, after }: Entry): string {
  const of = (value: unknown) => {
    const { name, email } = (value ?? {}) as { name?: unknown; email?: unknown };
    return typeof name === 'string' && name ? name : typeof email === 'string' ? email : '';
  };
  return of(after) || of(before);
}

/** Actors by their names: people, programs, Sendero itself. */
function useActors() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const members = useQuery({ ...membersQuery, enabled: can('settings:read') });
  const tokens = useQuery({ ...tokensQuery, enabled: can('tokens:manage') });
  const all = [
    ...(members.data ?? []).map(({ id, name, email }) => ({ value: `user:${id}`, label: name || email })),
    ...(tokens.data ?? []).map(({ id, name }) => ({ value: `token:${id}`, label: t('audit.token', { name }) })),
    { value: 'system', label: t('audit.system') },
    { value: 'cli', label: t('audit.cli') },
  ];
  // `isLoading`, for what may not be asked is never there to wait for.
  return { all, pending: members.isLoading || tokens.isLoading, one: (actor: string) => all.find(({ value }) => value === actor)?.label ?? actor };
}
