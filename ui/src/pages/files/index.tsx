import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Picture } from '~/api/files';
import { Page } from '~/components';
import { FileGrid } from '~/files/FileGrid';
import { DropZone, UploadButton, useUpload } from '~/files/upload';
import { useFrame } from '~/frame/context';
import { FileDrawer } from './FileDrawer';

/** The pictures that mails of the account show. */
export default function Files() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const [open, setOpen] = useState<Picture | null>(null);
  const { busy, upload } = useUpload();
  const may = can('campaigns:write');
  const grid = <FileGrid onOpen={setOpen} openLabel={({ name }) => t('files.open', { name })} empty={may && <UploadButton variant="default" busy={busy} upload={upload} />} />;
  return (
    <Page title={t('nav.files')} subtitle={t('files.subtitle')} actions={may && <UploadButton busy={busy} upload={upload} />}>
      {may ? <DropZone upload={upload}>{grid}</DropZone> : grid}
      <FileDrawer file={open} onClose={() => setOpen(null)} />
    </Page>
  );
}
