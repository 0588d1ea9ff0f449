import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CalendarKind } from '~/api/schema';
import { Code, Modal, Stack, Text, UnstyledButton } from '~/components';
import { IconCalendar, IconExternalLink, IconRss, IconServerBolt } from '~/icons';
import { CalDavForm } from './CalDavForm';
import classes from './Calendars.module.css';
import { FeedForm } from './FeedForm';
import { useSignIn } from './signIn';

interface Props {
  host: string;
  /** What can be connected on this server. */
  kinds: CalendarKind[];
  /** Where a program that the operator registers must be allowed to send people back to. */
  redirect: string;
  onClose: () => void;
}

const KINDS = ['google', 'microsoft', 'caldav', 'feed'] as const satisfies CalendarKind[];
const ICONS: Record<CalendarKind, ReactNode> = {
  google: <IconCalendar size={18} />,
  microsoft: <IconCalendar size={18} />,
  caldav: <IconServerBolt size={18} />,
  feed: <IconRss size={18} />,
};

/** Which calendars, and then how to get in. */
export function ConnectModal({ host, kinds, redirect, onClose }: Props) {
  const { t } = useTranslation();
  const [kind, choose] = useState<'caldav' | 'feed' | null>(null);
  const signIn = useSignIn(host);
  return (
    <Modal opened onClose={onClose} size="lg" title={kind ? t(`calendars.kind_${kind}`) : t('calendars.connect')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {kind === 'caldav' && <CalDavForm host={host} onBack={() => choose(null)} onDone={onClose} />}
      {kind === 'feed' && <FeedForm host={host} onBack={() => choose(null)} onDone={onClose} />}
      {kind === null && (
        <Stack gap="sm">
          {KINDS.toSorted((a, b) => Number(kinds.includes(b)) - Number(kinds.includes(a))).map((one) => {
            const may = kinds.includes(one);
            const leads = one === 'google' || one === 'microsoft';
            return (
              <div key={one}>
                <UnstyledButton
                  className={classes.kind}
                  disabled={!may || signIn.isPending}
                  aria-describedby={may ? undefined : `${one}-missing`}
                  onClick={() => (leads ? signIn.mutate({ kind: one }) : choose(one))}
                >
                  <span className={classes.icon} aria-hidden>
                    {ICONS[one]}
                  </span>
                  <span className={classes.name}>
                    <b>{t(`calendars.kind_${one}`)}</b>
                    <span>{t(`calendars.kind_${one}_hint`)}</span>
                  </span>
                  {leads && <IconExternalLink size={15} aria-hidden />}
                </UnstyledButton>
                {!may && leads && <Missing id={`${one}-missing`} kind={one} redirect={redirect} />}
              </div>
            );
          })}
        </Stack>
      )}
    </Modal>
  );
}

/** What the operator of the server has to do first. */
function Missing({ id, kind, redirect }: { id: string; kind: 'google' | 'microsoft'; redirect: string }) {
  const { t } = useTranslation();
  return (
    <div id={id} className={classes.missing}>
      <Text size="xs" c="dimmed">
        {t(`calendars.missing_${kind}`)}
      </Text>
      <Code block className={classes.code}>
        {`[calendars]\n${kind}_client_id = "…"\n${kind}_client_secret = "…"`}
      </Code>
      <Text size="xs" c="dimmed">
        {t('calendars.missing_redirect')} <Code className={classes.code}>{redirect}</Code>
      </Text>
    </div>
  );
}
