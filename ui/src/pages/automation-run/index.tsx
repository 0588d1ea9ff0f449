import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationQuery, automationVersionQuery, runQuery } from '~/api/automations';
import type { AutomationRunDetail } from '~/api/schema';
import { RunBadge } from '~/automation/AutomationBadge';
import { useRunWords } from '~/automation/lines';
import { useThings, useWords } from '~/automation/words';
import { Alert, Card, Code, ErrorState, Page, Skeleton, Stack, Text, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from '~/automation/editor/Simulate.module.css';

const route = getRouteApi('/_app/automations/$id/runs/$run');

/** One person's way through an automation, and why they went that way. */
export default function Run() {
  const { t } = useTranslation();
  const { id, run } = route.useParams();
  const automation = useQuery(automationQuery(id));
  const found = useQuery(runQuery(id, run));
  const error = automation.error ?? found.error;
  const back = { to: `/automations/${id}`, label: automation.data?.name ?? t('automation.one') };
  if (!automation.data || !found.data) {
    return (
      <Page title={t('automation.journey')} subtitle=" " back={back}>
        {error ? <ErrorState error={error} retry={() => void Promise.all([automation.refetch(), found.refetch()])} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  return <Journey detail={found.data} automation={id} name={automation.data.name} />;
}

function Journey({ detail: { run, path, data }, automation, name }: { detail: AutomationRunDetail; automation: string; name: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const version = useQuery(automationVersionQuery(automation, run.version_id));
  const definition = version.data && asDefinition(version.data.document);
  const words = useWords(useThings(), definition?.steps);
  const said = useRunWords(words, definition);
  const steps = definition?.steps ?? [];
  const title = (step: string, otherwise: string) => {
    const found = steps.find((one) => one.id === step);
    return found ? words.title(found) : otherwise;
  };
  return (
    <Page
      title={run.email ?? t('automation.somebody_gone')}
      badge={<RunBadge status={run.status} />}
      subtitle={t('automation.journey_through', { name })}
      back={{ to: `/automations/${automation}`, label: name }}
    >
      <Stack gap="md">
        {run.error && (
          <Alert color="red" variant="light">
            {run.error}
          </Alert>
        )}
        <Card title={t('automation.journey')}>
          <Stack gap="xs">
            {run.email && (
              <TextLink to="/subscribers/$id" params={{ id: run.subscriber_id }} size="sm">
                {t('automation.to_person')}
              </TextLink>
            )}
            <ol className={classes.story} style={{ marginTop: 0 }}>
              <li>
                <span className={classes.time}>{format.dateTime(run.began_at)}</span>
                <span>{t('automation.came_in')}</span>
              </li>
              {path.map((line, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- lines are only added
                <li key={index}>
                  <span className={classes.time}>{format.dateTime(line.at)}</span>
                  <span>
                    <strong>{title(line.step, line.title)}</strong>: {said.line(line)}
                  </span>
                </li>
              ))}
              {run.due_at && (
                <li>
                  <span className={classes.time}>{format.dateTime(run.due_at)}</span>
                  <span>{t('automation.then_on')}</span>
                </li>
              )}
            </ol>
            {run.outcome && (
              <Text size="sm" fw={600}>
                {t('automation.ended', { outcome: said.outcome(run.outcome) })}
              </Text>
            )}
          </Stack>
        </Card>
        {Object.keys(data).length > 0 && (
          <Card title={t('automation.data')}>
            <Code block>{JSON.stringify(data, null, 2)}</Code>
          </Card>
        )}
      </Stack>
    </Page>
  );
}
