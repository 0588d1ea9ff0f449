import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { stopWaiting, waitingQuery } from '~/api/bookings';
import { ActionIcon, Card, ErrorState, Skeleton, Text, toast } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconTrash } from '~/icons';
import classes from '../Booking.module.css';

/** Who wants to be told when a time becomes free. */
export function WaitingCard({ id, disabled }: { id: string; disabled: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const waiting = useQuery(waitingQuery(id));
  const remove = useMutation({
    mutationFn: (one: string) => stopWaiting(id, one),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ['event-types', id, 'waiting'] }),
  });
  return (
    <Card title={t('booking.waiting')}>
      {waiting.isPending && <Skeleton h={40} />}
      {waiting.isError && <ErrorState error={waiting.error} retry={() => void waiting.refetch()} />}
      {waiting.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('booking.nobody_waits')}
        </Text>
      )}
      <div className={classes.list}>
        {waiting.data?.map((one) => (
          <div key={one.id} className={classes.row}>
            <div>
              <Text size="sm" fw={500}>
                {one.name}
              </Text>
              <Text size="xs" c="dimmed">
                {one.email} · {t('booking.waits_since', { time: format.dateTime(one.created_at) })}
              </Text>
            </div>
            {!disabled && (
              <ActionIcon aria-label={t('booking.remove', { name: one.name })} onClick={() => remove.mutate(one.id)}>
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </div>
        ))}
      </div>
    </Card>
  );
}
