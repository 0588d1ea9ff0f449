import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asDefinition, automationStatisticsQuery, automationVersionQuery } from '~/api/automations';
import type { Automation, AutomationStepStatistics } from '~/api/schema';
import { Canvas } from '~/automation/editor/Canvas';
import { Outline } from '~/automation/editor/Outline';
import classes from '~/automation/editor/Automation.module.css';
import { wentBy, type Went } from '~/automation/model/counts';
import type { Definition, Place, Step } from '~/automation/model/types';
import { toggled } from '~/automation/state';
import { useThings, useWords } from '~/automation/words';
import { Card, ErrorState, Group, ScrollRegion, SegmentedControl, Skeleton, Stack, Text, TextLink, useLocalStorage, useMediaQuery } from '~/components';
import { useFormats } from '~/i18n/format';
import { Resting } from './Resting';

/** The steps of what is live, with how many people are at each now; of a draft, the draft. */
export function StepsTab({ automation, definition }: { automation: Automation; definition: Definition }) {
  const { t } = useTranslation();
  const { id, live } = automation;
  const small = useMediaQuery('(max-width: 56.25em)') ?? false;
  const [view, setView] = useLocalStorage<'outline' | 'canvas'>({ key: 'sendero.automation-view', defaultValue: 'outline' });
  const version = useQuery({ ...automationVersionQuery(id, live?.id ?? ''), enabled: live !== null });
  const statistics = useQuery({ ...automationStatisticsQuery(id), enabled: live !== null });
  const words = useWords(useThings(), version.data ? asDefinition(version.data.document).steps : definition.steps);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  if (version.isError && !version.data) return <ErrorState error={version.error} retry={() => void version.refetch()} />;
  if (live && !version.data) return <Skeleton h={320} />;
  const shown = version.data ? asDefinition(version.data.document) : definition;
  const numbers = new Map(statistics.data?.steps.map((one) => [one.step, one]));
  const aside = (step: Step) => {
    const one = numbers.get(step.id);
    if (!one) return null;
    return (
      <>
        <Numbers automation={id} of={one} name={words.title(step)} />
        {one.resting && <Resting of={one.resting} step={words.title(step)} />}
      </>
    );
  };
  const counted = wentBy(shown, statistics.data);
  const went = (place: Place) => {
    const found = counted(place);
    return found && <WentBy automation={id} {...found} />;
  };
  const shared = {
    definition: shown,
    words,
    aside,
    went: live ? went : undefined,
    folded,
    onFold: (step: string) => setFolded((now) => toggled(now, step)),
  };
  return (
    <Stack gap="md">
      {!small && (
        <Group justify="flex-end">
          <SegmentedControl
            size="xs"
            aria-label={t('editor.view')}
            value={view}
            onChange={(value) => setView(value as typeof view)}
            data={[
              { value: 'outline', label: t('automation.view_outline') },
              { value: 'canvas', label: t('automation.view_canvas') },
            ]}
          />
        </Group>
      )}
      <Card>
        <Stack gap="md">
          <ul className={classes.when} aria-label={t('automation.triggers')}>
            {shown.triggers.map((trigger) => (
              <li key={trigger.id}>
                <Text size="sm">
                  <strong>{t('automation.trigger_when')}</strong> {words.trigger(trigger)}
                </Text>
              </li>
            ))}
          </ul>
          {view === 'canvas' && !small ? (
            <ScrollRegion label={t('automation.steps')} maxHeight={640}>
              <Canvas {...shared} />
            </ScrollRegion>
          ) : (
            <Outline {...shared} />
          )}
        </Stack>
      </Card>
    </Stack>
  );
}

function Numbers({ automation, of, name }: { automation: string; of: AutomationStepStatistics; name: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { mail } = of;
  return (
    <span className={classes.numbers}>
      {of.people > 0 && (
        <TextLink
          to="/automations/$id"
          params={{ id: automation }}
          search={{ tab: 'people', step: of.step }}
          size="xs"
          aria-label={t('automation.people_at', { count: of.people, shown: format.number(of.people), step: name })}
        >
          {t('automation.here_now', { count: of.people, shown: format.number(of.people) })}
        </TextLink>
      )}
      {of.failed_now > 0 && (
        <TextLink
          to="/automations/$id"
          params={{ id: automation }}
          search={{ tab: 'people', step: of.step, status: 'failed' }}
          size="xs"
          c="var(--bad)"
          aria-label={t('automation.failed_at', { count: of.failed_now, shown: format.number(of.failed_now), step: name })}
        >
          {t('automation.failed_now', { count: of.failed_now, shown: format.number(of.failed_now) })}
        </TextLink>
      )}
      {of.passed > 0 && <span>{t('automation.passed', { count: of.passed, shown: format.number(of.passed) })}</span>}
      {mail.sent > 0 && (
        <span>
          {t('automation.mail_numbers', { sent: format.number(mail.sent), opened: format.number(mail.opened), clicked: format.number(mail.clicked) })}
        </span>
      )}
    </span>
  );
}

/** How many went along a way, and the way to them. */
function WentBy({ automation, count, by }: Went & { automation: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const shown = format.number(count);
  const said = t('automation.went', { count, shown });
  if (count === 0) {
    return (
      <span className={classes.went} title={said}>
        <span aria-hidden>{shown}</span>
        <span className="visually-hidden">{said}</span>
      </span>
    );
  }
  return (
    <Link className={classes.went} to="/automations/$id" params={{ id: automation }} search={{ tab: 'people', went: by }} title={said} aria-label={said}>
      {shown}
    </Link>
  );
}
