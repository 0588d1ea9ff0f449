import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { isProblem } from '~/api/problem';
import { campaignActions, previewQuery, recipientCountQuery } from '~/api/sending';
import { transportsQuery } from '~/api/settings';
import type { Campaign } from '~/api/schema';
import { Alert, Button, Card, ConfirmModal, FormError, Group, NumberInput, Radio, Stack, Text, TextInput, TextLink, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { fromZoned, toZoned } from '~/i18n/zone';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconClock, IconInbox, IconSend } from '~/icons';
import type { CampaignStep } from '~/routes/_app.campaigns.$id.edit';
import { useAudienceNames } from '../campaigns/CampaignRows';
import classes from './CampaignEdit.module.css';
import { ChecklistCard } from './ChecklistCard';
import { useEditing } from './context';
import { chosen, written } from './draft';
import { PreviewPane } from './PreviewPane';

type Level = 'good' | 'warn' | 'bad';

export function ReviewStep() {
  const { can } = useFrame();
  const { draft } = useEditing();
  return (
    <div className={classes.two}>
      <Stack gap="md">
        <Basics />
        {written(draft) && <ChecklistCard />}
        {can('campaigns:send') && <Departure />}
        {can('campaigns:send') && <TestMail />}
      </Stack>
      <PreviewPane />
    </div>
  );
}

/** What stands in the way, and what is in order. */
function useChecks() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const { campaign, saving, draft } = useEditing();
  const people = useAudienceNames(draft.audience);
  const some = chosen(draft.audience);
  const count = useQuery({ ...recipientCountQuery(draft.audience), enabled: some });
  const hasContent = written(draft);
  const preview = useQuery({ ...previewQuery(campaign.id, saving.version, undefined), enabled: hasContent, retry: false });
  const transports = useQuery({ ...transportsQuery, enabled: can('settings:read'), retry: false });
  const transport = transports.data?.find((one) => (campaign.transport_id ? one.id === campaign.transport_id : one.is_default));

  const recipients = some ? count.data?.recipients : 0;
  const refused = Object.entries(saving.faults);
  const findings = hasContent ? (preview.data?.findings ?? []) : [];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const hints = findings.length - errors;

  const checks: { key: string; level: Level; title: string; text: string; step: CampaignStep }[] = [
    {
      key: 'from',
      level: draft.sender_email.trim() ? 'good' : 'bad',
      title: t('review.from'),
      text: draft.sender_email.trim() ? `${draft.sender_name} <${draft.sender_email}>` : t('review.no_sender'),
      step: 'setup',
    },
    {
      key: 'subject',
      level: draft.subject.trim() ? 'good' : 'bad',
      title: t('review.subject'),
      // As somebody reads it, not with merge fields.
      text: (draft.subject.trim() && preview.data?.subject) || draft.subject.trim() || t('review.no_subject'),
      step: 'setup',
    },
    {
      key: 'recipients',
      level: recipients === 0 ? 'bad' : 'good',
      title: t('review.recipients'),
      text: !some
        ? t('review.no_audience')
        : recipients === undefined
          ? people
          : `${t('audience.people', { count: recipients, shown: format.number(recipients) })} · ${people}`,
      step: 'recipients',
    },
    {
      key: 'content',
      level: !hasContent || errors > 0 ? 'bad' : hints > 0 ? 'warn' : 'good',
      title: t('review.content'),
      text: !hasContent ? t('review.no_content') : findings.length > 0 ? t('review.findings', { count: findings.length }) : t('review.content_good'),
      step: 'content',
    },
  ];
  return {
    checks,
    refused,
    recipients,
    sandbox: transport?.kind === 'sandbox',
    ready: checks.every(({ level }) => level !== 'bad') && refused.length === 0 && recipients !== undefined,
  };
}

function Basics() {
  const { t } = useTranslation();
  const { campaign } = useEditing();
  const { checks, refused } = useChecks();
  return (
    <Card title={t('review.checklist')}>
      <div>
        {checks.map(({ key, level, title, text, step }) => (
          <div key={key} className={classes.check}>
            <Sign level={level} />
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" fw={600}>
                {title}
              </Text>
              <Text size="sm" c={level === 'bad' ? 'var(--bad)' : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
                {text}
              </Text>
            </Stack>
            <TextLink
              to="/campaigns/$id/edit"
              params={{ id: campaign.id }}
              search={{ step }}
              size="sm"
              aria-label={t('review.change_what', { what: title })}
            >
              {t('review.change')}
            </TextLink>
          </div>
        ))}
        {refused.map(([field, message]) => (
          <div key={field} className={classes.check}>
            <Sign level="bad" />
            <Text size="sm">{t('review.refused', { message })}</Text>
          </div>
        ))}
      </div>
    </Card>
  );
}

function Sign({ level }: { level: Level }) {
  const { t } = useTranslation();
  if (level === 'good') return <IconCircleCheck size={20} color="var(--good)" role="img" aria-label={t('review.good')} />;
  if (level === 'warn') return <IconAlertTriangle size={20} color="var(--warn)" role="img" aria-label={t('review.warn')} />;
  return <IconCircleX size={20} color="var(--bad)" role="img" aria-label={t('review.bad')} />;
}

const AN_HOUR_MS = 3_600_000;

function Departure() {
  const { t } = useTranslation();
  const format = useFormats();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { campaign, flush, draft, change, fault } = useEditing();
  const { ready, recipients = 0, sandbox } = useChecks();
  const zone = format.timeZone;
  const scheduled = campaign.state === 'scheduled' ? campaign.scheduled_at : null;
  const [when, setWhen] = useState<'now' | 'later' | 'local'>(campaign.local_time ? 'local' : scheduled ? 'later' : 'now');
  const [offered] = useState(() => new Date(Date.now() + AN_HOUR_MS));
  const [typed, setTyped] = useState<string | null>(null);
  // The zone may come later than the page.
  const local = typed ?? campaign.local_time?.slice(0, 16) ?? toZoned(scheduled ? new Date(scheduled) : offered, zone);
  const [asking, setAsking] = useState(false);
  const count = { count: recipients, shown: format.number(recipients) };
  const time = fromZoned(local, zone);

  const done = (changed: Campaign) => {
    queries.setQueryData(['campaigns', campaign.id], changed);
    void queries.invalidateQueries({ queryKey: ['campaigns'] });
    void navigate({ to: '/campaigns/$id', params: { id: campaign.id } });
  };
  const params = { path: { id: campaign.id } };
  const saved = async () => {
    if (!(await flush())) throw new Error('not saved');
  };
  const send = useMutation({
    mutationFn: async () => {
      await saved();
      return body(api.POST('/api/campaigns/{id}/send', { params }));
    },
    onSettled: () => setAsking(false),
    onSuccess: done,
  });
  const schedule = useMutation({
    mutationFn: async () => {
      await saved();
      return body(api.PUT('/api/campaigns/{id}/schedule', { params, body: when === 'local' ? { local_time: local } : { scheduled_at: (time ?? new Date(0)).toISOString() } }));
    },
    onSuccess: (changed) => {
      toast.done(t('review.scheduled', { time: format.dateTime(changed.scheduled_at ?? '') }));
      done(changed);
    },
  });
  const unschedule = useMutation({
    mutationFn: () => campaignActions.unschedule(campaign.id),
    onError: toast.failed,
    onSuccess: (changed) => {
      queries.setQueryData(['campaigns', campaign.id], changed);
      void queries.invalidateQueries({ queryKey: ['campaigns', 'list'] });
      setWhen('now');
    },
  });
  const error = send.error ?? schedule.error;
  const faults = isProblem(error) ? error.faults : {};

  return (
    <Card title={t('review.departure')}>
      <Stack gap="md">
        {sandbox && (
          <Alert variant="light" icon={<IconInbox size={18} />}>
            {t('review.sandbox')}
          </Alert>
        )}
        <FormError error={error} fields={['scheduled_at', 'local_time']} />
        {scheduled && (
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={600}>
              {t('review.is_scheduled', { time: format.dateTime(scheduled), zone: zone.replaceAll('_', ' ') })}
            </Text>
            <Button variant="default" onClick={() => unschedule.mutate()} loading={unschedule.isPending}>
              {t('review.unschedule')}
            </Button>
          </Group>
        )}
        <Radio.Group aria-label={t('review.departure')} value={when} onChange={(value) => setWhen(value as typeof when)}>
          <Stack gap="xs">
            <Radio value="now" label={t('review.now')} />
            <Radio value="later" label={t('review.later')} />
            <Radio value="local" label={t('review.local')} description={t('review.local_hint')} />
          </Stack>
        </Radio.Group>
        {when !== 'now' && (
          <TextInput
            type="datetime-local"
            label={t('review.time')}
            description={when === 'later' ? t('review.in_zone', { zone: zone.replaceAll('_', ' ') }) : undefined}
            value={local}
            onChange={(event) => setTyped(event.currentTarget.value)}
            error={faults.scheduled_at ?? faults.local_time ?? (time ? undefined : t('review.no_time'))}
            maw={280}
          />
        )}
        {when !== 'local' && (
          <NumberInput
            size="sm"
            label={t('review.spread')}
            description={t('review.spread_hint')}
            suffix={` ${t('review.minutes')}`}
            min={1}
            allowDecimal={false}
            allowNegative={false}
            maw={280}
            value={draft.spread_minutes ?? ''}
            error={fault('spread_minutes')}
            onChange={(value) => change({ spread_minutes: typeof value === 'number' ? value : null })}
          />
        )}
        {!ready && (
          <Text size="sm" c="dimmed">
            {t('review.not_ready')}
          </Text>
        )}
        <Group>
          {when === 'now' ? (
            <Button size="sm" leftSection={<IconSend size={16} />} disabled={!ready} onClick={() => setAsking(true)}>
              {t('review.send_to', count)}
            </Button>
          ) : (
            <Button
              size="sm"
              leftSection={<IconClock size={16} />}
              disabled={!ready || !time}
              loading={schedule.isPending}
              onClick={() => schedule.mutate()}
            >
              {scheduled ? t('review.reschedule') : t('review.schedule_for', count)}
            </Button>
          )}
        </Group>
      </Stack>
      <ConfirmModal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('review.sure', { name: draft.name })}
        confirm={t('review.send_to', count)}
        onConfirm={() => send.mutate()}
        busy={send.isPending}
        danger={false}
      >
        {sandbox ? t('review.sure_sandbox') : t('review.sure_text')}
      </ConfirmModal>
    </Card>
  );
}

function TestMail() {
  const { t } = useTranslation();
  const { session } = useFrame();
  const { campaign, flush } = useEditing();
  const [addresses, setAddresses] = useState(session.user.email);
  const list = addresses.split(/[\s,;]+/).filter(Boolean);
  const test = useMutation({
    mutationFn: async () => {
      if (!(await flush())) throw new Error('not saved');
      return body(api.POST('/api/campaigns/{id}/test', { params: { path: { id: campaign.id } }, body: { addresses: list } }));
    },
    onSuccess: ({ queued }) => toast.done(t('review.tested', { count: queued })),
  });
  const faults = isProblem(test.error) ? Object.values(test.error.faults) : [];
  return (
    <Card title={t('review.test')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          test.mutate();
        }}
      >
        <Stack gap="sm">
          {faults.length === 0 && <FormError error={test.error} />}
          <TextInput
            label={t('review.test_addresses')}
            description={t('review.test_hint')}
            value={addresses}
            onChange={(event) => setAddresses(event.currentTarget.value)}
            error={faults.length > 0 ? faults.join(' ') : undefined}
          />
          <Group>
            <Button type="submit" variant="default" loading={test.isPending}>
              {t('review.send_test')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
