import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const MAIL_VIEWS = ['phone', 'desktop', 'text', 'source'] as const;
export type MailView = (typeof MAIL_VIEWS)[number];

export interface SandboxSearch {
  /** The open mail. */
  mail?: string;
  view?: MailView;
}

export const Route = createFileRoute('/_app/sandbox')({
  validateSearch: (search): SandboxSearch => ({
    mail: /^\d+$/.test(String(search.mail)) ? String(search.mail) : undefined,
    view: MAIL_VIEWS.find((view) => view === search.view),
  }),
  component: lazyRouteComponent(() => import('~/pages/sandbox')),
});
