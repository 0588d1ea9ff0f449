import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hostsQuery } from '~/api/bookings';
import { calendarsQuery } from '~/api/calendars';
import { Alert, Button, EmptyState, ErrorState, Page, Skeleton, Stack, Text } from '~/components';
import { useFrame } from '~/frame/context';
import { IconCalendar, IconPlus } from '~/icons';
import { ConnectModal } from './ConnectModal';
import { ConnectionCard } from './ConnectionCard';
import { Receives } from './Receives';

const route = getRouteApi('/_app/bookings/hosts/$id');
const ENDS = ['denied', 'signed_out', 'over', 'other_account'] as const;

/** The calendars that a host has elsewhere: what they say is taken keeps slots away, and bookings are put into one. */
export default function HostCalendars() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { id } = route.useParams();
  const host = useQuery(hostsQuery).data?.find((one) => one.id === id);
  const list = useQuery(calendarsQuery(id));
  const [connecting, setConnecting] = useState(false);
  const mayWrite = can('bookings:write');
  const title = host ? t('calendars.of', { name: host.name }) : t('calendars.title');
  const connect = mayWrite && list.data && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setConnecting(true)}>
      {t('calendars.connect')}
    </Button>
  );
  return (
    <Page title={title} width="narrow" back={{ to: '/bookings/hosts', label: t('booking.hosts') }} actions={connect}>
      <Stack gap="md">
        <CameBack />
        {list.isPending && <Skeleton h={240} />}
        {list.isError && !list.data && <ErrorState error={list.error} retry={() => void list.refetch()} />}
        {list.data?.data.length === 0 && (
          <EmptyState icon={<IconCalendar size={22} />} title={t('calendars.none')} actions={connect}>
            {t('calendars.about')}
          </EmptyState>
        )}
        {list.data && list.data.data.length > 0 && (
          <>
            <Text size="sm" c="dimmed">
              {t('calendars.about')}
            </Text>
            <Receives host={id} connections={list.data.data} disabled={!mayWrite} />
            {list.data.data.map((one) => (
              <ConnectionCard key={one.connection.id} host={id} of={one} disabled={!mayWrite} />
            ))}
          </>
        )}
      </Stack>
      {connecting && list.data && <ConnectModal host={id} kinds={list.data.kinds} redirect={list.data.redirect_url} onClose={() => setConnecting(false)} />}
    </Page>
  );
}

/** What became of signing in elsewhere. */
function CameBack() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { calendar_connection, calendar_error } = route.useSearch();
  const close = { withCloseButton: true, closeButtonLabel: t('action.close'), onClose: () => void navigate({ search: {}, replace: true }) };
  if (calendar_error) {
    const known = ENDS.find((end) => end === calendar_error);
    return (
      <Alert color="red" variant="light" role="alert" title={t('calendars.not_connected')} {...close}>
        {t(`calendars.end_${known ?? 'failed'}`)}
      </Alert>
    );
  }
  if (!calendar_connection) return null;
  return (
    <Alert color="green" variant="light" role="status" title={t('calendars.connected')} {...close}>
      {t('calendars.connected_text')}
    </Alert>
  );
}
