import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Permission } from '~/api/schema';
import { Page, Stack } from '~/components';
import { useFrame } from '~/frame/context';
import classes from './SettingsPage.module.css';

const SECTIONS = [
  { to: '/settings', label: 'settings.profile', needs: undefined },
  { to: '/settings/account', label: 'settings.account', needs: 'settings:read' },
  { to: '/settings/members', label: 'settings.members', needs: 'users:manage' },
  { to: '/settings/sending', label: 'settings.sending', needs: 'settings:read' },
  { to: '/settings/tokens', label: 'settings.tokens', needs: 'tokens:manage' },
] as const satisfies { to: string; label: string; needs: Permission | undefined }[];

/** A page of the settings, with the way to the others. */
export function SettingsPage({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  return (
    <Page title={title} actions={actions}>
      <div className={classes.columns}>
        <nav className={classes.nav} aria-label={t('nav.settings')}>
          {SECTIONS.filter(({ needs }) => !needs || can(needs)).map(({ to, label }) => (
            <Link key={to} to={to} className={classes.link} activeOptions={{ exact: true }}>
              {t(label)}
            </Link>
          ))}
        </nav>
        <Stack gap="md" className={classes.body}>
          {children}
        </Stack>
      </div>
    </Page>
  );
}
