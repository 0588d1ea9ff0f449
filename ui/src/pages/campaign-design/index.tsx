import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Navigate, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { useReadOnce } from '~/api/query';
import { campaignQuery, contentQuery, openedQuery } from '~/api/sending';
import type { CampaignPatch } from '~/api/schema';
import { ErrorState, Page, Skeleton } from '~/components';
import { MailEditor } from '~/editor';
import { documentOf, draftOf } from '~/editor/document';
import type { Draft } from '~/editor/store';
import { abOf, newAb } from '../campaign-edit/draft';

const route = getRouteApi('/_app/campaigns/$id/design');

/** The editor with the mail of a campaign, or of one variant of its test. */
export default function CampaignDesign() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const { variant: number } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  // What is read once: from here on the draft is what counts.
  const once = { refetchOnMount: 'always', refetchOnWindowFocus: false } as const;
  const now = useQuery({ ...campaignQuery(id), refetchOnWindowFocus: false, refetchInterval: false });
  const opened = useQuery({ ...openedQuery(id), ...once, gcTime: 0 });
  const content = useQuery({ ...contentQuery(id), ...once, gcTime: 0 });
  const [round, setRound] = useState(0);
  const back = { to: '/campaigns', label: t('nav.campaigns') };
  // Both as they are now: what a cache remembers may have been saved over meanwhile.
  const { ready, error } = useReadOnce(opened, content);
  const again = () => Promise.all([opened.refetch(), content.refetch()]);
  if (!ready || !opened.data || !content.data) {
    return (
      <Page title={t('edit.title')} back={back}>
        {error ? <ErrorState error={error} retry={() => void again()} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  const { campaign, texts } = opened.data;
  const { name, version } = campaign;
  // Somebody may send it meanwhile.
  const { state } = now.data ?? campaign;
  if (state !== 'draft' && state !== 'scheduled') return <Navigate to="/campaigns/$id" params={{ id }} replace />;
  const ab = campaign.ab && abOf(campaign.ab, texts);
  const mail = number === undefined ? ofCampaign(draftOf(content.data)) : ofVariant(content.data, ab, number);
  const from = number === undefined ? 'content' : 'setup';
  if (!mail) return <Navigate to="/campaigns/$id/edit" params={{ id }} search={{ step: from }} replace />;

  const leave = (step: 'setup' | 'content' | 'review') => void navigate({ to: '/campaigns/$id/edit', params: { id }, search: { step } });
  return (
    <MailEditor
      key={`${id} ${number ?? ''} ${round}`}
      title={number === undefined ? name : `${t('ab.variant', { n: number })} · ${name}`}
      owner={number === undefined ? { kind: 'campaigns', id } : undefined}
      draft={mail.draft}
      version={version}
      save={async (written, before) => {
        const saved = await body(
          api.PATCH('/api/campaigns/{id}', { params: { path: { id }, header: { 'If-Match': `"${before}"` } }, body: mail.patch(written) }),
        );
        queries.setQueryData(campaignQuery(id).queryKey, saved);
        return saved.version;
      }}
      back={{ label: t('frame.back_to', { name }), go: () => leave(from) }}
      reload={() => void again().then(() => setRound((now) => now + 1))}
      test={number === undefined ? async (addresses) => (await body(api.POST('/api/campaigns/{id}/test', { params: { path: { id } }, body: { addresses } }))).queued : undefined}
      primary={number === undefined ? { label: t('action.next'), go: () => leave('review') } : { label: t('templates.done'), go: () => leave('setup') }}
    />
  );
}

interface Mail {
  draft: Draft;
  /** How it is saved. */
  patch: (written: Draft) => CampaignPatch;
}

function ofCampaign(draft: Draft | null): Mail | null {
  return draft && { draft, patch: (written) => ({ content: documentOf(written) }) };
}

/** Its lines are the campaign's until they are written anew. */
function ofVariant(content: Parameters<typeof draftOf>[0], ab: ReturnType<typeof abOf> | null, number: number): Mail | null {
  const variant = ab?.variants[number - 1];
  const draft = variant?.content && draftOf(variant.content);
  if (!ab || !variant || !draft) return null;
  const lines = { subject: content.subject, preheader: content.preheader ?? '' };
  const own = (written: string, campaigns: string) => (written.trim() === campaigns.trim() ? '' : written);
  return {
    draft: { ...draft, subject: variant.subject || lines.subject, preheader: variant.preheader || lines.preheader },
    patch: (written) => {
      const changed = {
        ...variant,
        subject: own(written.subject, lines.subject),
        preheader: own(written.preheader, lines.preheader),
        content: documentOf(written),
      };
      return { ab: newAb({ ab: { ...ab, variants: ab.variants.with(number - 1, changed) }, ...lines }) };
    },
  };
}
