import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hostActions } from '~/api/bookings';
import { Button, EmptyState, LinkButton, ownTimeZone, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { IconCalendar } from '~/icons';

/** Where nobody can be met yet: what that is, and the first step. */
export function NoHost() {
  const { t } = useTranslation();
  const { session, can } = useFrame();
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: () => hostActions.create({ user_id: session.user.id, time_zone: ownTimeZone() }),
    onError: toast.failed,
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['hosts'] }), queries.invalidateQueries({ queryKey: ['schedules'] })]),
  });
  return (
    <EmptyState
      icon={<IconCalendar size={22} />}
      title={t('booking.no_host')}
      actions={
        can('bookings:write') && (
          <>
            <Button loading={begin.isPending} onClick={() => begin.mutate()}>
              {t('booking.be_host')}
            </Button>
            <LinkButton to="/bookings/hosts" variant="default">
              {t('booking.choose_hosts')}
            </LinkButton>
          </>
        )
      }
    >
      {t('booking.no_host_text')}
    </EmptyState>
  );
}
