import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, Navigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useReadOnce } from '~/api/query';
import { campaignQuery, contentQuery, recipientCountQuery, openedQuery } from '~/api/sending';
import type { Campaign, Document } from '~/api/schema';
import { Alert, Button, CampaignStatus, describeError, ErrorState, Group, LinkButton, Page, Skeleton, Stack, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconArrowRight, IconCheck } from '~/icons';
import { CAMPAIGN_STEPS, type CampaignStep } from '~/routes/_app.campaigns.$id.edit';
import { CampaignMenu } from '../campaigns/CampaignMenu';
import classes from './CampaignEdit.module.css';
import { EditingContext, useEditing, type Editing } from './context';
import { ContentStep } from './ContentStep';
import { chosen, DraftStore, written, type Saving, type Texts } from './draft';
import { RecipientsStep } from './RecipientsStep';
import { ReviewStep } from './ReviewStep';
import { SetupStep } from './SetupStep';

const route = getRouteApi('/_app/campaigns/$id/edit');

export default function CampaignEdit() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const campaign = useQuery({ ...campaignQuery(id), refetchOnWindowFocus: false, refetchInterval: false });
  // Read once: from here on the draft is what counts.
  const content = useQuery({ ...contentQuery(id), refetchOnMount: 'always', gcTime: 0, refetchOnWindowFocus: false });
  const opened = useQuery({ ...openedQuery(id), refetchOnMount: 'always', gcTime: 0, refetchOnWindowFocus: false });
  const [round, setRound] = useState(0);

  // What a cache remembers may have been saved over in the editor meanwhile.
  const { ready, error: unread } = useReadOnce(content, opened);
  const state = campaign.data?.state;
  if (state && state !== 'draft' && state !== 'scheduled') return <Navigate to="/campaigns/$id" params={{ id }} replace />;
  const reload = () => Promise.all([campaign.refetch(), content.refetch(), opened.refetch()]);
  const back = { to: '/campaigns', label: t('nav.campaigns') };
  if (!campaign.data || !ready || !content.data || !opened.data) {
    const error = unread ?? (campaign.data ? null : campaign.error);
    return (
      <Page title={t('edit.title')} back={back}>
        {error ? <ErrorState error={error} retry={() => void reload()} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  const again = async () => {
    await reload();
    setRound((now) => now + 1);
  };
  return <Wizard key={`${id} ${round}`} campaign={campaign.data} document={content.data} opened={opened.data} again={() => void again()} />;
}

const NEXT = { setup: 'recipients', recipients: 'content', content: 'review', review: null } as const;

interface Opened {
  campaign: Campaign;
  texts: Texts;
}

function Wizard({ campaign, document, opened, again }: { campaign: Campaign; document: Document; opened: Opened; again: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { step = 'setup' } = route.useSearch();
  const { id } = campaign;
  const [store] = useState(
    () =>
      new DraftStore(id, opened.campaign, document, opened.texts, (saved) => {
        queries.setQueryData(campaignQuery(id).queryKey, saved);
        void queries.invalidateQueries({ queryKey: ['campaigns', 'list'] });
      }),
  );
  const saving = useSyncExternalStore(store.subscribe, store.get);
  const editing: Editing = useMemo(
    () => ({
      campaign,
      saving,
      draft: saving.draft,
      change: (change) => store.change(change),
      flush: () => store.flush(),
      fault: (field) => saving.faults[field],
    }),
    [campaign, saving, store],
  );

  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (store.get().state === 'saved') return;
      void store.flush();
      event.preventDefault();
    };
    window.addEventListener('beforeunload', onLeave);
    return () => {
      window.removeEventListener('beforeunload', onLeave);
      void store.flush();
    };
  }, [store]);

  const steps: Record<CampaignStep, ReactNode> = {
    setup: <SetupStep />,
    recipients: <RecipientsStep />,
    content: <ContentStep />,
    review: <ReviewStep />,
  };
  const next = NEXT[step];

  return (
    <EditingContext value={editing}>
      <Page
        title={saving.draft.name.trim() || t('edit.title')}
        badge={<CampaignStatus state={campaign.state} />}
        subtitle={<SavedState saving={saving} />}
        back={{ to: '/campaigns', label: t('nav.campaigns') }}
        actions={<CampaignMenu campaign={campaign} here="edit" />}
        width={step === 'content' ? 'full' : 'wide'}
      >
        <Stack gap="lg" className={classes.wizard}>
          <Steps current={step} />
          {saving.state === 'overtaken' && (
            <Alert color="orange" icon={<IconAlertTriangle size={18} />} role="alert" title={t('edit.overtaken')}>
              <Stack gap="xs" align="flex-start">
                <Text size="sm">{t('edit.overtaken_text')}</Text>
                <Button variant="default" onClick={again}>
                  {t('edit.load_newer')}
                </Button>
              </Stack>
            </Alert>
          )}
          {steps[step]}
          {next && (
            <Group justify="flex-end">
              <LinkButton to="/campaigns/$id/edit" params={{ id }} search={{ step: next }} rightSection={<IconArrowRight size={15} />}>
                {t(`edit.to_${next}`)}
              </LinkButton>
            </Group>
          )}
        </Stack>
      </Page>
    </EditingContext>
  );
}

/** The ways through the wizard; each says whether it is done. */
function Steps({ current }: { current: CampaignStep }) {
  const { t } = useTranslation();
  const done = useDone();
  return (
    <nav aria-label={t('edit.steps')}>
      <ol className={classes.steps}>
        {CAMPAIGN_STEPS.map((step, index) => (
          <li key={step}>
            <Link
              to="/campaigns/$id/edit"
              from="/campaigns/$id/edit"
              search={{ step }}
              className={classes.step}
              data-current={step === current || undefined}
              aria-current={step === current ? 'step' : undefined}
            >
              <span className={classes.number} data-done={done[step] || undefined}>
                {done[step] ? <IconCheck size={13} stroke={2.5} aria-hidden /> : index + 1}
              </span>
              <span>{t(`edit.step_${step}`)}</span>
              {done[step] && <span className="visually-hidden">{t('edit.done')}</span>}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function useDone(): Record<CampaignStep, boolean> {
  const { draft, saving, campaign } = useEditing();
  const some = chosen(draft.audience);
  const count = useQuery({ ...recipientCountQuery(draft.audience), enabled: some });
  const fine = (fields: string[]) => !Object.keys(saving.faults).some((field) => fields.some((start) => field.startsWith(start)));
  return {
    setup:
      draft.name.trim() !== '' &&
      draft.sender_email.trim() !== '' &&
      draft.subject.trim() !== '' &&
      fine(['name', 'sender', 'reply_to', 'content.subject', 'content.preheader']),
    recipients: some && (count.data?.recipients ?? 0) > 0 && fine(['audience']),
    content: written(draft) && fine(['content.body']),
    review: campaign.state === 'scheduled',
  };
}

function SavedState({ saving }: { saving: Saving }) {
  const { t } = useTranslation();
  const format = useFormats();
  const words = {
    saved: saving.savedAt ? t('edit.saved_at', { time: format.time(saving.savedAt) }) : t('edit.saved'),
    waiting: t('edit.unsaved'),
    saving: t('edit.saving'),
    refused: Object.keys(saving.faults).length > 0 ? t('edit.refused') : describeError(saving.error, t),
    overtaken: t('edit.overtaken'),
    failed: t('edit.failed'),
  };
  const bad = saving.state === 'refused' || saving.state === 'overtaken' || saving.state === 'failed';
  return (
    <span role="status" className={bad ? classes.bad : undefined} data-saved={saving.state}>
      {words[saving.state]}
    </span>
  );
}
