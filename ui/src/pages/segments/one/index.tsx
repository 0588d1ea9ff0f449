import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { ErrorState, Page, Skeleton, toast } from '~/components';
import { SegmentEditor } from '../SegmentEditor';
import { Explain } from './Explain';

const route = getRouteApi('/_app/segments/$id');

export default function OneSegment() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const segment = useQuery({
    queryKey: ['segments', id],
    queryFn: () => body(api.GET('/api/segments/{id}', { params: { path: { id } } })),
  });
  const back = { to: '/segments', label: t('nav.segments') };
  if (segment.isError) {
    return (
      <Page title={t('filter.segment')} back={back}>
        <ErrorState error={segment.error} retry={() => void segment.refetch()} />
      </Page>
    );
  }
  if (!segment.data) {
    return (
      <Page title={t('filter.segment')} back={back}>
        <Skeleton h={240} />
      </Page>
    );
  }
  return (
    <SegmentEditor key={id} segment={segment.data} onSaved={(saved) => toast.done(t('named.saved', { name: saved.name }))}>
      <Explain segment={id} version={segment.data.updated_at} />
    </SegmentEditor>
  );
}
