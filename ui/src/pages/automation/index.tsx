import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationActions, automationNamesQuery, automationQuery, automationVersionQuery } from '~/api/automations';
import type { Automation as AutomationBody } from '~/api/schema';
import { AutomationBadge } from '~/automation/AutomationBadge';
import { Alert, Button, ErrorState, LinkButton, Page, Skeleton, Stack, Tabs, toast, useDisclosure } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit, IconPlayerPause, IconPlayerPlay, IconUserPlus } from '~/icons';
import { AUTOMATION_TABS, type AutomationSearch } from '~/routes/_app.automations.$id.index';
import { PeopleTab } from './PeopleTab';
import { SendIn } from './SendIn';
import { StepsTab } from './StepsTab';
import { VersionsTab } from './VersionsTab';

const route = getRouteApi('/_app/automations/$id/');

/** One automation: who is where in it, and what was published when. */
export default function Automation() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const automation = useQuery(automationQuery(id));
  const back = { to: '/automations', label: t('automation.title') };
  if (!automation.data) {
    return (
      <Page title={t('automation.one')} subtitle=" " back={back}>
        {automation.isError ? <ErrorState error={automation.error} retry={() => void automation.refetch()} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  return <Shown automation={automation.data} />;
}

function Shown({ automation }: { automation: AutomationBody }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const queries = useQueryClient();
  const { tab = 'steps' } = route.useSearch();
  const navigate = route.useNavigate();
  const { id, name, status, counts, differs, live, held_mail } = automation;
  const toggle = useMutation({
    mutationFn: () => (status === 'active' ? automationActions.pause(id) : automationActions.resume(id)),
    onError: toast.failed,
    onSuccess: async (now) => {
      queries.setQueryData(automationQuery(id).queryKey, now);
      await queries.invalidateQueries({ queryKey: ['automations', 'list'] });
    },
  });
  const rename = async (wanted: string) => {
    queries.setQueryData(automationQuery(id).queryKey, await automationActions.rename(id, wanted));
    await queries.invalidateQueries({ queryKey: ['automations', 'list'] });
    await queries.invalidateQueries({ queryKey: automationNamesQuery.queryKey });
    toast.done(t('named.renamed', { name: wanted }));
  };
  const [sending, sendIn] = useDisclosure(false);
  const version = useQuery({ ...automationVersionQuery(id, live?.id ?? ''), enabled: live !== null });
  const byHand = version.data !== undefined && asDefinition(version.data.document).triggers.some(({ on }) => on.event === 'automation.started');
  const running = status === 'active' || status === 'paused';
  return (
    <Page
      title={name}
      rename={can('campaigns:write') && status !== 'deleted' ? rename : undefined}
      badge={<AutomationBadge status={status} />}
      subtitle={t('automation.counts', { inside: format.number(counts.inside), finished: format.number(counts.finished) })}
      back={{ to: '/automations', label: t('automation.title') }}
      actions={
        <>
          {can('campaigns:send') && status === 'active' && byHand && (
            <Button variant="default" leftSection={<IconUserPlus size={15} />} onClick={sendIn.open}>
              {t('automation.send_in')}
            </Button>
          )}
          {can('campaigns:send') && running && (
            <Button variant="default" leftSection={status === 'active' ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} loading={toggle.isPending} onClick={() => toggle.mutate()}>
              {t(status === 'active' ? 'campaign.pause' : 'campaign.resume')}
            </Button>
          )}
          {can('campaigns:write') && status !== 'deleted' && (
            <LinkButton to="/automations/$id/edit" params={{ id }} leftSection={<IconEdit size={15} />}>
              {t('action.edit')}
            </LinkButton>
          )}
        </>
      }
    >
      <Stack gap="md">
        {live && differs && (
          <Alert color="iris" variant="light">
            {t('automation.differs')}
          </Alert>
        )}
        {!live && (
          <Alert color="iris" variant="light">
            {t('automation.never_published')}
          </Alert>
        )}
        {held_mail.length > 0 && (
          <Alert color="orange" variant="light">
            {t('automation.held')}
          </Alert>
        )}
        <Tabs value={tab} onChange={(value) => void navigate({ search: { tab: value as AutomationSearch['tab'] }, replace: true })} keepMounted={false}>
          <Tabs.List mb="md">
            {AUTOMATION_TABS.map((value) => (
              <Tabs.Tab key={value} value={value}>
                {t(`automation.tab_${value}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="steps">
            <StepsTab automation={automation} definition={asDefinition(automation.draft)} />
          </Tabs.Panel>
          <Tabs.Panel value="people">
            <PeopleTab automation={automation} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsTab automation={automation} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      {sending && <SendIn automation={id} onClose={sendIn.close} />}
    </Page>
  );
}
