import type { TFunction } from 'i18next';
import type { ComponentType } from 'react';
import type { Permission } from '~/api/schema';
import { IconHome } from '~/icons';
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
      destinations: [{ to: '/', label: t('nav.home'), icon: IconHome, key: 'h', exact: true }],
    },
  ];
}

/** At the foot of the sidebar. */
export function footNavigation(_t: TFunction): Destination[] {
  return [];
}
