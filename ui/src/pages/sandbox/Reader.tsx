import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sandboxMailQuery, sandboxSourceQuery } from '~/api/sandbox';
import type { SandboxMail } from '~/api/schema';
import { ErrorState, Group, MailFrame, SegmentedControl, Skeleton, Stack, Text, Title } from '~/components';
import { useFormats } from '~/i18n/format';
import type { MailView } from '~/routes/_app.sandbox';
import classes from './Sandbox.module.css';

const route = getRouteApi('/_app/sandbox');

/** One mail: as on a phone, on a desktop, in plain text, and as it would have gone over the wire. */
export function Reader({ id, narrow }: { id: string; narrow: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const query = useQuery(sandboxMailQuery(id));
  if (query.isError) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton h={420} />;
  const mail: SandboxMail = query.data;
  const fitting: MailView = mail.html ? (narrow ? 'phone' : 'desktop') : 'text';
  const asked = search.view ?? fitting;
  const view = (asked === 'phone' || asked === 'desktop') && !mail.html ? 'text' : asked;
  const from = mail.headers.find(({ name }) => name.toLowerCase() === 'from')?.value;

  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm" align="flex-start">
        <Stack gap={2} miw={0} flex="1 1 260px">
          <Title order={2} style={{ overflowWrap: 'anywhere' }}>
            {mail.subject || '–'}
          </Title>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {from}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }} className="tabular">
            {t('sandbox.to', { recipient: mail.recipient })} · {format.dateTime(mail.received_at)}
          </Text>
        </Stack>
        <SegmentedControl
          size="xs"
          aria-label={t('preview.view')}
          value={view}
          onChange={(value) => void navigate({ search: (now) => ({ ...now, view: value as MailView }), replace: true })}
          data={[
            { value: 'desktop', label: t('mail.desktop'), disabled: !mail.html },
            { value: 'phone', label: t('mail.phone'), disabled: !mail.html },
            { value: 'text', label: t('mail.text'), disabled: !mail.text },
            { value: 'source', label: t('mail.source') },
          ]}
        />
      </Group>
      {(view === 'phone' || view === 'desktop') && mail.html && (
        <>
          <MailFrame html={mail.html} device={view} title={mail.subject} />
          <Text size="xs" c="dimmed">
            {t('sandbox.links_count')}
          </Text>
        </>
      )}
      {view === 'text' && <pre className={classes.source}>{linked(mail.text ?? '')}</pre>}
      {view === 'source' && <Source id={id} />}
    </Stack>
  );
}

/** Addresses of web pages in a text, as links. */
function linked(text: string) {
  return text.split(/(https?:\/\/[^\s<>"')]+)/g).map((part, index) =>
    index % 2 === 1 ? (
      // oxlint-disable-next-line react/no-array-index-key -- the parts of a text never move
      <a key={index} href={part} target="_blank" rel="noopener noreferrer" style={{ color: 'var(--accent)' }}>
        {part}
      </a>
    ) : (
      part
    ),
  );
}

function Source({ id }: { id: string }) {
  const source = useQuery(sandboxSourceQuery(id));
  if (source.isError) return <ErrorState error={source.error} retry={() => void source.refetch()} />;
  if (source.data === undefined) return <Skeleton h={420} />;
  return <pre className={classes.source}>{source.data}</pre>;
}
