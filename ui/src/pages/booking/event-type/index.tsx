import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventTypeActions, openedEventTypeQuery } from '~/api/bookings';
import { isProblem } from '~/api/problem';
import { useReadOnce } from '~/api/query';
import type { EventType } from '~/api/schema';
import { same } from '~/components/typed';
import { ErrorState, FormError, Page, Skeleton, Stack, StatusBadge, Tabs, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { SaveBar } from '../SaveBar';
import { Basics } from './Basics';
import { draftOf, EditingContext, inputOf, tabOf, TABS, type Draft, type Tab } from './draft';
import { HostsTab } from './HostsTab';
import { PageTab } from './PageTab';
import { Questions } from './Questions';
import { RulesTab } from './RulesTab';

const route = getRouteApi('/_app/bookings/event-types/$id');

export default function EventTypePage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const opened = useQuery({ ...openedEventTypeQuery(id), refetchOnMount: 'always' });
  const { ready, error } = useReadOnce(opened);
  if (!ready || !opened.data) {
    return (
      <Page title={t('booking.event_type')} back={{ to: '/bookings/event-types', label: t('booking.event_types') }}>
        {error ? <ErrorState error={error} retry={() => void opened.refetch()} /> : <Skeleton h={420} />}
      </Page>
    );
  }
  return <Editor key={id} eventType={opened.data} />;
}

function Editor({ eventType: opened }: { eventType: EventType }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { tab = 'basics' } = route.useSearch();
  const [eventType, setEventType] = useState(opened);
  const [draft, setDraft] = useState(() => draftOf(opened));
  const disabled = !can('bookings:write');
  const dirty = !same(draft, draftOf(eventType));
  const go = (to: Tab) => void navigate({ search: { tab: to === 'basics' ? undefined : to }, replace: true });
  const save = useMutation({
    mutationFn: () => eventTypeActions.change(eventType.id, eventType.version, inputOf(draft)),
    onError: (error) => {
      const [first] = isProblem(error) ? Object.keys(error.faults) : [];
      if (first !== undefined) go(tabOf(first));
    },
    onSuccess: (saved) => {
      setEventType(saved);
      setDraft(draftOf(saved));
      void queries.invalidateQueries({ queryKey: ['event-types'] });
      toast.done(t('named.saved', { name: saved.title }));
    },
  });
  const faults = useMemo(() => (isProblem(save.error) ? save.error.faults : {}), [save.error]);
  const editing = useMemo(
    () => ({
      draft,
      put: (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part })),
      set: (part: Partial<Draft['settings']>) => setDraft((now) => ({ ...now, settings: { ...now.settings, ...part } })),
      // Of a part of a list, also what is about one of its fields.
      fault: (field: string) => faults[field] ?? (field.endsWith(']') || field.endsWith('window') ? faults[Object.keys(faults).find((one) => one.startsWith(`${field}.`)) ?? ''] : undefined),
      disabled,
    }),
    [draft, faults, disabled],
  );
  const marked = new Set(Object.keys(faults).map(tabOf));

  return (
    <Page
      title={eventType.title}
      back={{ to: '/bookings/event-types', label: t('booking.event_types') }}
      badge={<StatusBadge tone={eventType.enabled ? 'good' : 'quiet'}>{t(eventType.enabled ? 'booking.on' : 'booking.off')}</StatusBadge>}
    >
      <EditingContext value={editing}>
        <Stack gap="md">
          <FormError error={save.error} fields={Object.keys(faults)} />
          <Tabs value={tab} onChange={(value) => value && go(value as Tab)} keepMounted={false}>
            <Tabs.List mb="md">
              {TABS.map((value) => (
                <Tabs.Tab key={value} value={value}>
                  {t(`booking.tab_${value}`)}
                  {marked.has(value) && <span aria-label={t('booking.tab_faults')}> !</span>}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="basics">
              <Basics />
            </Tabs.Panel>
            <Tabs.Panel value="availability">
              <RulesTab id={eventType.id} />
            </Tabs.Panel>
            <Tabs.Panel value="questions">
              <Questions />
            </Tabs.Panel>
            <Tabs.Panel value="hosts">
              <HostsTab />
            </Tabs.Panel>
            <Tabs.Panel value="page">
              <PageTab eventType={eventType} />
            </Tabs.Panel>
          </Tabs>
          <SaveBar dirty={dirty} pending={save.isPending} onSave={() => save.mutate()} onDiscard={() => {
              setDraft(draftOf(eventType));
              save.reset();
            }}
          />
        </Stack>
      </EditingContext>
    </Page>
  );
}
