import { Kbd, ScrollArea, UnstyledButton } from '~/components';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { IconSearch } from '~/icons';
import { AccountSwitcher } from './AccountSwitcher';
import { useFrame } from './context';
import { footNavigation, navigation, type Destination } from './navigation';
import { openPalette } from './palette';
import classes from './Sidebar.module.css';
import { UserMenu } from './UserMenu';

export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const allowed = ({ needs }: Destination) => !needs || can(needs);

  return (
    <div className={classes.sidebar}>
      <AccountSwitcher />
      <UnstyledButton
        className={classes.search}
        onClick={() => {
          onNavigate?.();
          openPalette();
        }}
      >
        <IconSearch size={16} aria-hidden />
        <span>{t('frame.search')}</span>
        <Kbd size="xs" aria-hidden>
          {isApple() ? '⌘ K' : 'Ctrl K'}
        </Kbd>
      </UnstyledButton>
      <ScrollArea className={classes.scroll} type="never">
        <nav aria-label={t('frame.navigation')}>
          {navigation(t).map((section, index) => {
            const shown = section.destinations.filter(allowed);
            if (shown.length === 0) return null;
            return (
              <div key={section.label ?? index} className={classes.section}>
                {section.label && <div className={classes.label}>{section.label}</div>}
                {shown.map((destination) => (
                  <NavigationLink key={destination.to} destination={destination} onNavigate={onNavigate} />
                ))}
              </div>
            );
          })}
        </nav>
      </ScrollArea>
      <div className={classes.foot}>
        {footNavigation(t)
          .filter(allowed)
          .map((destination) => (
            <NavigationLink key={destination.to} destination={destination} onNavigate={onNavigate} />
          ))}
        <UserMenu />
      </div>
    </div>
  );
}

function NavigationLink({ destination, onNavigate }: { destination: Destination; onNavigate?: () => void }) {
  const { to, label, icon: Icon, exact } = destination;
  return (
    <Link to={to} className={classes.link} activeOptions={{ exact: exact ?? false, includeSearch: false }} onClick={onNavigate}>
      <Icon size={18} stroke={1.6} />
      {label}
    </Link>
  );
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
