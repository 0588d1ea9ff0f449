import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { PICTURE_TYPES, uploadFile, type Picture } from '~/api/files';
import { Button, FileButton, toast } from '~/components';
import { IconUpload } from '~/icons';
import classes from './Files.module.css';

/** Uploads one after the other, and says how it went; gives what is there now. */
export function useUpload(onDone?: (file: Picture) => void) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const upload = async (files: File[], each = onDone) => {
    if (files.length === 0) return;
    setBusy(true);
    let done = 0;
    for (const file of files) {
      if (!PICTURE_TYPES.includes(file.type)) {
        toast.problem(t('files.wrong_type', { name: file.name }));
        continue;
      }
      try {
        const made = await uploadFile(file);
        done += 1;
        each?.(made);
      } catch (error) {
        toast.failed(error);
      }
    }
    setBusy(false);
    await queries.invalidateQueries({ queryKey: ['files'] });
    if (done > 0) toast.done(t('files.uploaded', { count: done }));
  };
  return { busy, upload };
}

export function UploadButton({ busy, upload, variant }: { busy: boolean; upload: (files: File[]) => Promise<void>; variant?: string }) {
  const { t } = useTranslation();
  return (
    <FileButton multiple accept={PICTURE_TYPES.join(',')} onChange={(files) => void upload(files)} inputProps={{ 'aria-label': t('files.upload') }}>
      {(props) => (
        <Button {...props} variant={variant} loading={busy} leftSection={<IconUpload size={15} />}>
          {t('files.upload')}
        </Button>
      )}
    </FileButton>
  );
}

/** A place that takes pictures that are dropped on it; the button is the way without. */
export function DropZone({ upload, children }: { upload: (files: File[]) => Promise<void>; children: ReactNode }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const has = (event: React.DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- only for dropping
    <div
      className={classes.zone}
      data-over={over || undefined}
      data-words={t('files.drop')}
      onDragEnter={(event) => {
        if (!has(event)) return;
        depth.current += 1;
        setOver(true);
      }}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      }}
      onDragOver={(event) => has(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!has(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        void upload([...event.dataTransfer.files]);
      }}
    >
      {children}
    </div>
  );
}
