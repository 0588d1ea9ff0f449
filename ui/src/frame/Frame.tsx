import { Drawer, useDisclosure } from '~/components';
import { useMatches, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '~/api/session';
import type { Session } from '~/api/schema';
import { CommandPalette } from './CommandPalette';
import { FrameContext } from './context';
import classes from './Frame.module.css';
import { footNavigation, navigation } from './navigation';
import { Sidebar } from './Sidebar';

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** Without the sidebar: an editor that needs all the place there is. */
    wholeWindow?: boolean;
  }
}

/** Around every page of a signed-in person: navigation, palette, keyboard. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const { t } = useTranslation();
  const [opened, drawer] = useDisclosure(false);
  const bare = useMatches({ select: (matches) => matches.some(({ staticData }) => staticData.wholeWindow) });
  const context = useMemo(
    () => ({ session, can: (permission: Parameters<typeof can>[1]) => can(session, permission), openNavigation: drawer.open }),
    [session, drawer.open],
  );
  useGoKeys(session);

  return (
    <FrameContext value={context}>
      <a className={classes.skip} href="#content">
        {t('frame.skip')}
      </a>
      <div className={classes.frame} data-bare={bare || undefined}>
        {!bare && (
          <div className={classes.side}>
            <Sidebar />
          </div>
        )}
        <main id="content" className={classes.main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <Drawer
        opened={opened}
        onClose={drawer.close}
        size={272}
        padding={0}
        withCloseButton={false}
        attributes={{ content: { 'aria-label': t('frame.navigation') } }}
      >
        <Sidebar onNavigate={drawer.close} />
      </Drawer>
      <CommandPalette />
    </FrameContext>
  );
}

const GO_WITHIN_MS = 1000;

/** `g` and then a letter goes to a page. */
function useGoKeys(session: Session): void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const pressed = useRef(0);
  const destinations = useMemo(
    () => [...navigation(t).flatMap((section) => section.destinations), ...footNavigation(t)],
    [t],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const takesLetters = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(radio|checkbox)$/.test((target as HTMLInputElement).type);
      if (target.isContentEditable || takesLetters) return;
      if (Date.now() - pressed.current > GO_WITHIN_MS) {
        if (event.key === 'g') pressed.current = Date.now();
        return;
      }
      const destination = destinations.find(({ key, needs }) => key === event.key && (!needs || can(session, needs)));
      if (!destination) return;
      event.preventDefault();
      pressed.current = 0;
      void navigate({ to: destination.to });
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [destinations, navigate, session]);
}
