import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { templateActions, templateContentQuery, templateQuery } from '~/api/templates';
import { ErrorState, Page, Skeleton } from '~/components';
import { MailEditor } from '~/editor';
import { documentOf, draftOf } from '~/editor/document';
import { CodeTemplate } from './CodeTemplate';

const route = getRouteApi('/_app/templates/$id');

/** The editor with a template. */
export default function TemplateEdit() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const template = useQuery({ ...templateQuery(id), staleTime: 0, gcTime: 0, refetchOnWindowFocus: false });
  const content = useQuery({
    ...templateContentQuery(id, template.data?.version ?? 0),
    enabled: template.data !== undefined,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const [round, setRound] = useState(0);
  const back = { to: '/templates', label: t('nav.templates') };
  const error = template.error ?? content.error;
  if (!template.data || !content.data) {
    return (
      <Page title={t('templates.one')} back={back}>
        {error ? <ErrorState error={error} retry={() => void Promise.all([template.refetch(), content.refetch()])} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  const { name, version, variables } = template.data;
  const draft = draftOf(content.data);
  if (!draft) {
    return (
      <Page title={name} back={back}>
        <CodeTemplate template={template.data} />
      </Page>
    );
  }
  const leave = () => void navigate({ to: '/templates' });
  return (
    <MailEditor
      key={`${id} ${round}`}
      title={name}
      owner={{ kind: 'templates', id }}
      draft={{ ...draft, variables }}
      version={version}
      save={async (written, before) => {
        const saved = await templateActions.change(id, before, { content: documentOf(written), variables: [...(written.variables ?? [])] });
        void queries.invalidateQueries({ queryKey: ['templates', 'list'] });
        return saved.version;
      }}
      back={{ label: t('frame.back_to', { name: t('nav.templates') }), go: leave }}
      reload={async () => {
        await template.refetch();
        await content.refetch();
        setRound((now) => now + 1);
      }}
      primary={{ label: t('templates.done'), go: leave }}
    />
  );
}
