import { createRouter } from '@tanstack/react-router';
import { queryClient } from './api/query';
import { ErrorState } from './components/ErrorState';
import { routeTree } from './routeTree.gen';

export const router = createRouter({
  routeTree,
  basepath: '/app',
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
});

/** After a closing dialog has given the focus back to where it was. */
const FOCUS_AFTER_MS = 60;

const focusedDialog = () => document.activeElement?.closest('[role="dialog"]') ?? null;

/** The dialog from which somebody went to another page: it closes. */
let left: Element | null = null;
router.subscribe('onBeforeNavigate', () => {
  left = focusedDialog();
});

// After a navigation the focus goes to the heading of the new page, as it would with a page load; on the first load it
// stays where the browser put it. A dialog that was opened meanwhile, such as the palette by somebody quick, keeps it.
router.subscribe('onRendered', ({ pathChanged, fromLocation }) => {
  if (!pathChanged || !fromLocation) return;
  setTimeout(() => {
    const dialog = focusedDialog();
    if (dialog === null || dialog === left) document.querySelector('h1')?.focus({ preventScroll: true });
  }, FOCUS_AFTER_MS);
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
