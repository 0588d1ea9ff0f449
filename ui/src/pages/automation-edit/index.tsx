import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationQuery, openedAutomationQuery } from '~/api/automations';
import { useReadOnce } from '~/api/query';
import { AutomationEditor } from '~/automation/editor';
import { ErrorState, Page, Skeleton, toast } from '~/components';

const route = getRouteApi('/_app/automations/$id/edit');

/** The editor with the draft of an automation. */
export default function AutomationEdit() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  // Read once: from here on the draft is what counts.
  const automation = useQuery({ ...openedAutomationQuery(id), refetchOnMount: 'always', gcTime: 0, refetchOnWindowFocus: false });
  const [round, setRound] = useState(0);
  const { ready, error } = useReadOnce(automation);
  if (!ready || !automation.data) {
    return (
      <Page title={t('automation.one')} back={{ to: '/automations', label: t('automation.title') }}>
        {error ? <ErrorState error={error} retry={() => void automation.refetch()} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  const show = () => void navigate({ to: '/automations/$id', params: { id } });
  return (
    <AutomationEditor
      key={`${id} ${round}`}
      automation={automation.data}
      definition={asDefinition(automation.data.draft)}
      onSaved={(saved) => {
        queries.setQueryData(automationQuery(id).queryKey, saved);
        void queries.invalidateQueries({ queryKey: ['automations', 'list'] });
      }}
      onPublished={show}
      back={show}
      reload={async () => {
        const { error: failed } = await automation.refetch();
        if (failed) toast.failed(failed);
        else setRound((now) => now + 1);
      }}
    />
  );
}
