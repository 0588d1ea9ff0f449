import { useTranslation } from 'react-i18next';
import type { Picture } from '~/api/files';
import { Modal } from '~/components';
import { useFrame } from '~/frame/context';
import { FileGrid } from './FileGrid';
import { DropZone, UploadButton, useUpload } from './upload';

interface Props {
  opened: boolean;
  onClose: () => void;
  chosen?: string;
  onPick: (file: Picture) => void;
}

/** Chooses one of the pictures of the account, or a new one. */
export function FilePicker({ opened, onClose, chosen, onPick }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} size="xl" title={t('files.choose')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Choices chosen={chosen} onPick={onPick} />
    </Modal>
  );
}

function Choices({ chosen, onPick }: Pick<Props, 'chosen' | 'onPick'>) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { busy, upload } = useUpload(onPick);
  const button = can('campaigns:write') && <UploadButton busy={busy} upload={upload} />;
  return (
    <DropZone upload={upload}>
      <FileGrid onOpen={onPick} openLabel={({ name }) => t('files.take', { name })} chosen={chosen} aside={button} />
    </DropZone>
  );
}
