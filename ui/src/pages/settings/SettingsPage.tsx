import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Permission } from '~/api/schema';
import { NativeSelect, Page, Stack } from '~/components';
import { useFrame } from '~/frame/context';
import classes from './SettingsPage.module.css';

interface Section {
  label: string;
  pages: { to: string; label: string; needs?: Permission }[];
}

const SECTIONS = [
  { label: 'settings.section_you', pages: [{ to: '/settings', label: 'settings.profile', needs: undefined }] },
  {
    label: 'settings.section_account',
    pages: [
      { to: '/settings/account', label: 'settings.account', needs: 'settings:read' },
      { to: '/settings/brand', label: 'settings.brand', needs: 'settings:read' },
      { to: '/settings/members', label: 'settings.members', needs: 'users:manage' },
      { to: '/settings/tokens', label: 'settings.tokens', needs: 'tokens:manage' },
      { to: '/settings/audit', label: 'settings.audit', needs: 'audit:read' },
    ],
  },
  {
    label: 'settings.section_sending',
    pages: [
      { to: '/settings/sending', label: 'settings.sending', needs: 'settings:read' },
      { to: '/settings/senders', label: 'settings.senders', needs: 'settings:read' },
      { to: '/settings/dkim', label: 'settings.dkim', needs: 'settings:read' },
      { to: '/settings/limits', label: 'settings.limits', needs: 'settings:read' },
    ],
  },
  {
    label: 'settings.section_people',
    pages: [
      { to: '/settings/suppressions', label: 'settings.suppressions', needs: 'audience:read' },
      { to: '/settings/privacy', label: 'settings.privacy', needs: 'settings:read' },
    ],
  },
] as const satisfies Section[];

/** A page of the settings, with the way to the others: a list beside it, a choice above it on a telephone. */
export function SettingsPage({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const navigate = useNavigate();
  const here = useLocation({ select: ({ pathname }) => pathname });
  const sections = SECTIONS.map(({ label, pages }) => ({
    label: t(label),
    pages: pages.filter(({ needs }) => !needs || can(needs)).map((page) => ({ to: page.to, label: t(page.label) })),
  })).filter(({ pages }) => pages.length > 0);
  return (
    <Page title={title} actions={actions}>
      <div className={classes.columns}>
        <nav className={classes.nav} aria-label={t('nav.settings')}>
          <div className={classes.narrow}>
            <NativeSelect
              aria-label={t('settings.choose')}
              value={here}
              onChange={({ currentTarget: { value } }) => void navigate({ to: value })}
              data={sections.map(({ label, pages }) => ({ group: label, items: pages.map((page) => ({ value: page.to, label: page.label })) }))}
            />
          </div>
          {sections.map(({ label, pages }) => (
            <div key={label} className={classes.section}>
              <div className={classes.label}>{label}</div>
              {pages.map((page) => (
                <Link key={page.to} to={page.to} className={classes.link} activeOptions={{ exact: true }}>
                  {page.label}
                </Link>
              ))}
            </div>
          ))}
        </nav>
        <Stack gap="md" className={classes.body}>
          {children}
        </Stack>
      </div>
    </Page>
  );
}
