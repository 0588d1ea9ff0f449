import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaignActions, campaignQuery, liveReportQuery } from '~/api/sending';
import type { Campaign, Report } from '~/api/schema';
import { Alert, Button, CampaignStatus, Card, ConfirmModal, ErrorState, LinkButton, Page, Progress, Skeleton, Stack, Tabs, Text, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconEdit, IconPlayerPause, IconPlayerPlay } from '~/icons';
import { CAMPAIGN_TABS, type CampaignTab } from '~/routes/_app.campaigns.$id.index';
import { CampaignMenu } from '../campaigns/CampaignMenu';
import { MessageTab } from './MessageTab';
import { Overview } from './Overview';
import { RecipientsTab } from './RecipientsTab';

const route = getRouteApi('/_app/campaigns/$id/');

export default function CampaignPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const campaign = useQuery(campaignQuery(id));
  const back = { to: '/campaigns', label: t('nav.campaigns') };
  if (campaign.data) return <Shown campaign={campaign.data} back={back} />;
  return (
    <Page title={t('edit.title')} back={back}>
      {campaign.isError ? <ErrorState error={campaign.error} retry={() => void campaign.refetch()} /> : <Skeleton h={320} />}
    </Page>
  );
}

function Shown({ campaign, back }: { campaign: Campaign; back: { to: string; label: string } }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { tab = 'overview' } = route.useSearch();
  const report = useQuery(liveReportQuery(campaign));
  const { id, state } = campaign;

  // The last look while it was sending may have come before the last message.
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== state) void queries.invalidateQueries({ queryKey: ['campaigns'] });
    before.current = state;
  }, [state, queries]);

  const act = (run: (id: string) => Promise<Campaign>) => ({
    mutationFn: () => run(id),
    onError: toast.failed,
    onSuccess: (changed: Campaign) => {
      queries.setQueryData(campaignQuery(id).queryKey, changed);
      return queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
  const pause = useMutation(act(campaignActions.pause));
  const resume = useMutation(act(campaignActions.resume));
  const begun = state !== 'draft' && state !== 'scheduled';
  const when = campaign.finished_at ?? campaign.started_at;

  return (
    <Page
      title={campaign.name}
      badge={<CampaignStatus state={state} />}
      subtitle={
        state === 'scheduled' && campaign.scheduled_at
          ? t('campaigns.at', { time: format.dateTime(campaign.scheduled_at) })
          : when
            ? t(campaign.finished_at ? 'campaign.finished_at' : 'campaign.started_at', { time: format.dateTime(when) })
            : undefined
      }
      back={back}
      actions={
        <>
          {state === 'sending' && can('campaigns:send') && (
            <Button variant="default" leftSection={<IconPlayerPause size={15} />} loading={pause.isPending} onClick={() => pause.mutate()}>
              {t('campaign.pause')}
            </Button>
          )}
          {state === 'paused' && can('campaigns:send') && (
            <Button leftSection={<IconPlayerPlay size={15} />} loading={resume.isPending} onClick={() => resume.mutate()}>
              {t('campaign.resume')}
            </Button>
          )}
          {!begun && can('campaigns:write') && (
            <LinkButton to="/campaigns/$id/edit" params={{ id }} variant="default" leftSection={<IconEdit size={15} />}>
              {t('campaigns.edit')}
            </LinkButton>
          )}
          <CampaignMenu campaign={campaign} here="page" />
        </>
      }
    >
      <Stack gap="md">
        {state === 'paused' && campaign.pause_reason && (
          <Alert color="orange" icon={<IconAlertTriangle size={18} />} title={t('campaign.paused_itself')}>
            {campaign.pause_reason}
          </Alert>
        )}
        {(state === 'sending' || state === 'paused') && <Moving report={report.data} />}
        {report.data && report.data.unknown > 0 && <Unknown campaign={campaign} report={report.data} />}
        <Tabs
          value={begun ? tab : 'message'}
          onChange={(value) => void navigate({ search: { tab: value === 'overview' ? undefined : (value as CampaignTab) }, replace: true })}
        >
          {begun && (
            <Tabs.List mb="md">
              {CAMPAIGN_TABS.map((one) => (
                <Tabs.Tab key={one} value={one}>
                  {t(`campaign.tab_${one}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          )}
          {begun && (
            <>
              <Tabs.Panel value="overview">
                {report.isError && !report.data && <ErrorState error={report.error} retry={() => void report.refetch()} />}
                {report.isPending && <Skeleton h={260} />}
                {report.data && <Overview campaign={campaign} report={report.data} />}
              </Tabs.Panel>
              <Tabs.Panel value="recipients">{tab === 'recipients' && <RecipientsTab campaign={campaign} report={report.data} />}</Tabs.Panel>
            </>
          )}
          {begun ? (
            <Tabs.Panel value="message">{tab === 'message' && <MessageTab campaign={campaign} />}</Tabs.Panel>
          ) : (
            <MessageTab
              campaign={campaign}
              actions={
                can('campaigns:write') && (
                  <LinkButton to="/campaigns/$id/edit" params={{ id }} search={{ step: 'content' }}>
                    {t('preview.write')}
                  </LinkButton>
                )
              }
            />
          )}
        </Tabs>
      </Stack>
    </Page>
  );
}

/** How far it is, while it goes out. */
function Moving({ report }: { report: Report | undefined }) {
  const { t } = useTranslation();
  const format = useFormats();
  if (!report) return <Skeleton h={84} />;
  const done = report.recipients - report.queued;
  const share = report.recipients > 0 ? done / report.recipients : 0;
  return (
    <Card>
      <Stack gap={8}>
        <Text size="sm" fw={600} className="tabular">
          {report.recipients === 0
            ? t('campaign.taking_list')
            : t('campaign.done_of', { done: format.number(done), all: format.number(report.recipients), share: format.percent(share, 0) })}
        </Text>
        <Progress.Root size="lg">
          <Progress.Section value={share * 100} aria-label={t('campaign.progress')} />
        </Progress.Root>
        <Text size="xs" c="dimmed" className="tabular">
          {[
            t('campaign.n_sent', { n: format.number(report.sent) }),
            report.failed > 0 ? t('campaign.n_failed', { n: format.number(report.failed) }) : null,
            report.skipped > 0 ? t('campaign.n_skipped', { n: format.number(report.skipped) }) : null,
            t('campaign.n_queued', { n: format.number(report.queued) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </Stack>
    </Card>
  );
}

/** Messages of which nobody knows whether they went out. */
function Unknown({ campaign, report }: { campaign: Campaign; report: Report }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const again = useMutation({
    mutationFn: () => campaignActions.resendUnknown(campaign.id),
    onError: toast.failed,
    onSuccess: ({ queued }) => {
      setAsking(false);
      toast.done(t('campaign.resent', { count: queued, shown: format.number(queued) }));
      return queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
  const count = { count: report.unknown, shown: format.number(report.unknown) };
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={18} />} title={t('campaign.unknown', count)}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t('campaign.unknown_text')}</Text>
        {can('campaigns:send') && (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('campaign.resend', count)}
          </Button>
        )}
      </Stack>
      <ConfirmModal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('campaign.resend_title')}
        confirm={t('campaign.resend', count)}
        onConfirm={() => again.mutate()}
        busy={again.isPending}
        danger={false}
      >
        {t('campaign.resend_text')}
      </ConfirmModal>
    </Alert>
  );
}
