import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sandboxQuery } from '~/api/sandbox';
import type { SandboxMessage } from '~/api/schema';
import { Button, EmptyState, ErrorState, Group, LinkButton, Page, Skeleton, Stack, useMediaQuery } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconArrowLeft, IconInbox } from '~/icons';
import { Reader } from './Reader';
import classes from './Sandbox.module.css';

const route = getRouteApi('/_app/sandbox');

/** What would have been sent. */
export default function Sandbox() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { mail, view } = route.useSearch();
  const narrow = useMediaQuery('(max-width: 62em)') ?? false;
  const mails = useInfiniteQuery(sandboxQuery);
  const rows = mails.data?.pages.flatMap((page) => page.data) ?? [];
  const more = mails.hasNextPage && (
    <Group justify="center" p="sm">
      <Button variant="default" loading={mails.isFetchingNextPage} onClick={() => void mails.fetchNextPage()}>
        {t('list.more')}
      </Button>
    </Group>
  );
  const empty = mails.isSuccess && rows.length === 0 && !mail;

  return (
    <Page title={t('nav.sandbox')} width="full">
      {mails.isPending && (
        <Stack gap="xs" aria-hidden>
          {[0, 1, 2, 3, 4].map((row) => (
            <Skeleton key={row} h={52} />
          ))}
        </Stack>
      )}
      {mails.isError && rows.length === 0 && <ErrorState error={mails.error} retry={() => void mails.refetch()} />}
      {empty && (
        <EmptyState
          icon={<IconInbox size={22} />}
          title={t('sandbox.empty')}
          actions={
            can('campaigns:write') ? (
              <LinkButton to="/campaigns" search={{ new: true }}>
                {t('sandbox.new_campaign')}
              </LinkButton>
            ) : undefined
          }
        >
          {t('sandbox.empty_text')}
        </EmptyState>
      )}
      {!empty && mails.isSuccess && (
        <div className={classes.panes} data-narrow={narrow || undefined}>
          {(!narrow || !mail) && (
            <nav className={classes.list} aria-label={t('sandbox.list')}>
              <ul>
                {rows.map((row) => (
                  <li key={row.id}>
                    <Row row={row} current={row.id === mail} view={view} />
                  </li>
                ))}
              </ul>
              {more}
            </nav>
          )}
          {(!narrow || mail) && (
            <div className={classes.reader}>
              {narrow && (
                <LinkButton to="/sandbox" search={{ view }} variant="subtle" px={8} mb="xs" leftSection={<IconArrowLeft size={15} />}>
                  {t('sandbox.back')}
                </LinkButton>
              )}
              {mail ? <Reader key={mail} id={mail} narrow={narrow} /> : <EmptyState icon={<IconInbox size={22} />} title={t('sandbox.choose')} />}
            </div>
          )}
        </div>
      )}
    </Page>
  );
}

function Row({ row, current, view }: { row: SandboxMessage; current: boolean; view: 'phone' | 'desktop' | 'text' | 'source' | undefined }) {
  const format = useFormats();
  return (
    <Link to="/sandbox" search={{ mail: row.id, view }} className={classes.mail} aria-current={current || undefined} activeProps={{}} activeOptions={{ exact: true, includeSearch: true }}>
      <div className={classes.subject}>{row.subject || '–'}</div>
      <div className={classes.small}>
        <span>{row.recipient}</span>
        <span className="tabular">{format.ago(row.received_at)}</span>
      </div>
    </Link>
  );
}
