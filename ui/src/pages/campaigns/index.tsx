import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CAMPAIGN_STATES, campaignsQuery, liveReportQuery } from '~/api/sending';
import type { CampaignState } from '~/api/schema';
import { Button, Chip, EmptyState, ErrorState, Group, LinkButton, Page, Skeleton, Stack, useMediaQuery, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconCalendar, IconMail, IconPlus, IconRepeat, IconRss } from '~/icons';
import { CampaignRows } from './CampaignRows';
import { NewCampaign } from './NewCampaign';

const route = getRouteApi('/_app/campaigns/');

export default function Campaigns() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { state, new: adding } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMediaQuery('(max-width: 56.25em)') ?? false;
  const campaigns = useInfiniteQuery(campaignsQuery(state));
  const { hidden } = useUndoable();
  const rows = (campaigns.data?.pages.flatMap((page) => page.data) ?? []).filter(({ id }) => !hidden.has(`campaign:${id}`));
  const reports = useQueries({ queries: rows.map((row) => liveReportQuery(row)) });
  const add = (
    <Button leftSection={<IconPlus size={15} />} onClick={() => void navigate({ search: (now) => ({ ...now, new: true }) })}>
      {t('campaigns.new')}
    </Button>
  );

  return (
    <Page title={t('nav.campaigns')} actions={can('campaigns:write') ? add : undefined}>
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <Chip.Group
            value={state ?? 'all'}
            onChange={(value) => void navigate({ search: { state: value === 'all' ? undefined : (value as CampaignState) }, replace: true })}
          >
            <Group gap={6} role="radiogroup" aria-label={t('campaigns.filter')}>
              {(['all', ...CAMPAIGN_STATES] as const).map((value) => (
                <Chip key={value} value={value} size="xs" variant="light">
                  {value === 'all' ? t('campaigns.all') : t(`campaign_state.${value}`)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Group gap="xs">
            <LinkButton to="/campaigns/calendar" variant="default" size="compact-sm" leftSection={<IconCalendar size={15} />}>
              {t('calendar.title')}
            </LinkButton>
            <LinkButton to="/campaigns/series" variant="default" size="compact-sm" leftSection={<IconRepeat size={15} />}>
              {t('series_page.title')}
            </LinkButton>
            <LinkButton to="/campaigns/feeds" variant="default" size="compact-sm" leftSection={<IconRss size={15} />}>
              {t('feeds.title')}
            </LinkButton>
          </Group>
        </Group>
        {campaigns.isPending && (
          <Stack gap="xs" aria-hidden>
            {[0, 1, 2, 3, 4].map((row) => (
              <Skeleton key={row} h={48} />
            ))}
          </Stack>
        )}
        {campaigns.isError && rows.length === 0 && <ErrorState error={campaigns.error} retry={() => void campaigns.refetch()} />}
        {campaigns.isSuccess && rows.length === 0 && state && (
          <EmptyState
            icon={<IconMail size={22} />}
            title={t('campaigns.none_in_state', { state: t(`campaign_state.${state}`) })}
            actions={
              <Button variant="default" onClick={() => void navigate({ search: {} })}>
                {t('campaigns.show_all')}
              </Button>
            }
          />
        )}
        {campaigns.isSuccess && rows.length === 0 && !state && (
          <EmptyState icon={<IconMail size={22} />} title={t('campaigns.empty')} actions={can('campaigns:write') ? add : undefined}>
            {t('campaigns.empty_text')}
          </EmptyState>
        )}
        {rows.length > 0 && (
          <CampaignRows rows={rows} reports={reports.map(({ data }) => data)} narrow={narrow} dimmed={campaigns.isPlaceholderData} />
        )}
        {campaigns.hasNextPage && (
          <Group justify="center">
            <Button variant="default" loading={campaigns.isFetchingNextPage} onClick={() => void campaigns.fetchNextPage()}>
              {t('list.more')}
            </Button>
          </Group>
        )}
      </Stack>
      <NewCampaign opened={adding === true} onClose={() => void navigate({ search: (now) => ({ ...now, new: undefined }), replace: true })} />
    </Page>
  );
}
