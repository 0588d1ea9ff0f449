import { Spotlight } from '~/components/palette';
import { useDebouncedValue } from '~/components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { displayName } from '~/api/subscribers';
import { IconArrowRight, IconCalendarEvent, IconCalendarTime, IconFileImport, IconFilter, IconHelp, IconMail, IconSearch, IconUser, IconUserPlus, IconWebhook } from '~/icons';
import { useFrame } from './context';
import { footNavigation, navigation } from './navigation';
import { paletteStore } from './palette';

/** Ctrl or Cmd with K: pages, actions and people. */
export function CommandPalette() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const [search] = useDebouncedValue(query.trim(), 150);
  const people = useQuery({
    queryKey: ['palette', search],
    enabled: search.length >= 2 && can('audience:read'),
    queryFn: ({ signal }) => body(api.GET('/api/subscribers', { params: { query: { search, limit: 6 } }, signal })),
  });

  const matches = (label: string) => label.toLowerCase().includes(query.trim().toLowerCase());
  const pages = [...navigation(t).flatMap((section) => section.destinations), ...footNavigation(t)].filter(
    ({ label, needs }) => matches(label) && (!needs || can(needs)),
  );
  const actions = [
    { label: t('campaigns.new'), icon: IconMail, needs: 'campaigns:write', go: () => navigate({ to: '/campaigns', search: { new: true } }) },
    { label: t('palette.import'), icon: IconFileImport, needs: 'audience:write', go: () => navigate({ to: '/subscribers/import' }) },
    { label: t('palette.add_subscriber'), icon: IconUserPlus, needs: 'audience:write', go: () => navigate({ to: '/subscribers', search: { add: true } }) },
    { label: t('booking.new_event_type'), icon: IconCalendarTime, needs: 'bookings:write', go: () => navigate({ to: '/bookings/event-types', search: { new: true } }) },
    { label: t('booking.new_booking'), icon: IconCalendarEvent, needs: 'bookings:write', go: () => navigate({ to: '/bookings', search: { new: true } }) },
    { label: t('booking.why'), icon: IconHelp, needs: 'bookings:read', go: () => navigate({ to: '/bookings/why' }) },
    { label: t('hooks.palette'), icon: IconWebhook, needs: 'campaigns:read', go: () => navigate({ to: '/automations/hooks' }) },
    { label: t('palette.new_segment'), icon: IconFilter, needs: 'audience:write', go: () => navigate({ to: '/segments/new' }) },
  ] as const;
  const possible = actions.filter(({ label, needs }) => matches(label) && can(needs));
  const found = search === query.trim() ? (people.data?.data ?? []) : [];

  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K']}
      radius="lg"
      centered={false}
      yOffset="12dvh"
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      size={600}
      transitionProps={{ duration: 80 }}
      attributes={{ content: { 'aria-label': t('palette.title') } }}
      scrollable
      maxHeight={440}
    >
      <Spotlight.Search
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        leftSection={<IconSearch size={18} stroke={1.6} />}
      />
      <Spotlight.ActionsList>
        {found.length > 0 && (
          <Spotlight.ActionsGroup label={t('nav.subscribers')}>
            {found.map((person) => (
              <Spotlight.Action
                key={person.id}
                label={displayName(person)}
                description={displayName(person) === person.email ? undefined : person.email}
                leftSection={<IconUser size={18} stroke={1.6} />}
                onClick={() => void navigate({ to: '/subscribers/$id', params: { id: person.id } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {possible.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.actions')}>
            {possible.map(({ label, icon: Icon, go }) => (
              <Spotlight.Action key={label} label={label} leftSection={<Icon size={18} stroke={1.6} />} onClick={() => void go()} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={t('palette.pages')}>
            {pages.map(({ to, label, icon: Icon }) => (
              <Spotlight.Action
                key={to}
                label={label}
                leftSection={<Icon size={18} stroke={1.6} />}
                rightSection={<IconArrowRight size={14} aria-hidden />}
                onClick={() => void navigate({ to })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {found.length + possible.length + pages.length === 0 && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
