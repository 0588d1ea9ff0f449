import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { calendarActions, calendarsQuery } from '~/api/calendars';
import type { CalendarConnectionDetail } from '~/api/schema';
import { Card, Select, Text, toast } from '~/components';

const NOWHERE = 'nowhere';

interface Props {
  host: string;
  connections: CalendarConnectionDetail[];
  disabled: boolean;
}

/** The one calendar that bookings are put into. */
export function Receives({ host, connections, disabled }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const all = connections.flatMap(({ calendars }) => calendars);
  const current = all.find(({ receives }) => receives);
  const choose = useMutation({
    mutationFn: (id: string) => {
      const wanted = all.find((one) => one.id === id) ?? current!;
      return calendarActions.use(wanted.connection_id, wanted.id, { receives: id !== NOWHERE });
    },
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey }),
  });
  const groups = connections
    .map(({ connection, calendars }) => ({ group: connection.name, items: calendars.filter(({ writable }) => writable).map(({ id, name }) => ({ value: id, label: name })) }))
    .filter(({ items }) => items.length > 0);
  return (
    <Card title={t('calendars.receives_title')}>
      {groups.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('calendars.none_writable')}
        </Text>
      ) : (
        <Select
          maw={420}
          aria-label={t('calendars.receives_title')}
          description={t('calendars.receives_hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={[{ value: NOWHERE, label: t('calendars.nowhere') }, ...groups]}
          value={(choose.isPending ? choose.variables : current?.id) ?? NOWHERE}
          allowDeselect={false}
          disabled={disabled || choose.isPending}
          onChange={(id) => id && id !== (current?.id ?? NOWHERE) && choose.mutate(id)}
        />
      )}
    </Card>
  );
}
