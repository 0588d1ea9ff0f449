import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { toast } from '~/components';
import { SegmentEditor } from '../SegmentEditor';

export default function NewSegment() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <SegmentEditor
      onSaved={(segment) => {
        toast.done(t('named.added', { name: segment.name }));
        void navigate({ to: '/segments/$id', params: { id: segment.id } });
      }}
    />
  );
}
