import type { TFunction } from 'i18next';
import type { ComponentType } from 'react';
import type { Permission } from '~/api/schema';
import { IconBolt, IconCalendarEvent, IconCalendarTime, IconChartBar, IconClock, IconFilter, IconHome, IconInbox, IconListDetails, IconMail, IconMailForward, IconPhoto, IconSettings, IconTag, IconTemplate, IconUserCheck, IconUsers, IconUsersGroup } from '~/icons';
import type { FileRoutesByTo } from '~/routeTree.gen';

export interface Destination {
  to: keyof FileRoutesByTo;
  label: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Pressed after `g`. */
  key: string;
  needs?: Permission;
  /** Only with this very address, not below it. */
  exact?: boolean;
}

export interface Section {
  label?: string;
  destinations: Destination[];
}

/** The sidebar and the palette show these; only pages that exist. */
export function navigation(t: TFunction): Section[] {
  return [
    {
      destinations: [
        { to: '/', label: t('nav.home'), icon: IconHome, key: 'h', exact: true },
        { to: '/campaigns', label: t('nav.campaigns'), icon: IconMail, key: 'c', needs: 'campaigns:read' },
        { to: '/automations', label: t('automation.title'), icon: IconBolt, key: 'a', needs: 'campaigns:read' },
        { to: '/messages', label: t('messages.title'), icon: IconMailForward, key: 'n', needs: 'campaigns:read' },
      ],
    },
    {
      label: t('nav.audience'),
      destinations: [
        { to: '/subscribers', label: t('nav.subscribers'), icon: IconUsers, key: 's', needs: 'audience:read' },
        { to: '/groups', label: t('nav.groups'), icon: IconUsersGroup, key: 'g', needs: 'audience:read' },
        { to: '/segments', label: t('nav.segments'), icon: IconFilter, key: 'e', needs: 'audience:read' },
        { to: '/tags', label: t('nav.tags'), icon: IconTag, key: 't', needs: 'audience:read' },
        { to: '/fields', label: t('nav.fields'), icon: IconListDetails, key: 'f', needs: 'audience:read' },
      ],
    },
    {
      label: t('booking.nav'),
      destinations: [
        { to: '/bookings', label: t('booking.calendar'), icon: IconCalendarEvent, key: 'b', needs: 'bookings:read', exact: true },
        { to: '/bookings/event-types', label: t('booking.event_types'), icon: IconCalendarTime, key: 'y', needs: 'bookings:read' },
        { to: '/bookings/availability', label: t('booking.availability'), icon: IconClock, key: 'v', needs: 'bookings:read' },
        { to: '/bookings/hosts', label: t('booking.hosts'), icon: IconUserCheck, key: 'u', needs: 'bookings:read' },
        { to: '/bookings/analytics', label: t('booking.analytics'), icon: IconChartBar, key: 'r', needs: 'bookings:read' },
      ],
    },
    {
      label: t('nav.content'),
      destinations: [
        { to: '/templates', label: t('nav.templates'), icon: IconTemplate, key: 'm', needs: 'campaigns:read' },
        { to: '/files', label: t('nav.files'), icon: IconPhoto, key: 'p', needs: 'campaigns:read' },
      ],
    },
  ];
}

/** At the foot of the sidebar. */
export function footNavigation(t: TFunction): Destination[] {
  return [
    { to: '/sandbox', label: t('nav.sandbox'), icon: IconInbox, key: 'i', needs: 'campaigns:read' },
    { to: '/settings', label: t('nav.settings'), icon: IconSettings, key: 'o' },
  ];
}
