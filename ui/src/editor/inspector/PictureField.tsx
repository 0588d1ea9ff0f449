import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Picture } from '~/api/files';
import { Button, TextInput, useDisclosure } from '~/components';
import { shownAt } from '~/files/address';
import { FilePicker } from '~/files/FilePicker';
import fileClasses from '~/files/Files.module.css';
import { IconPhoto } from '~/icons';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** When it is one of the account's own. */
  onPicked?: (file: Picture) => void;
  error?: string;
}

/** A picture: one of the account's own, or the address of any. */
export function PictureField({ label, value, onChange, onPicked, error }: Props) {
  const { t } = useTranslation();
  const [choosing, modal] = useDisclosure(false);
  const [broken, setBroken] = useState<string | null>(null);
  const address = shownAt(value);
  return (
    <div>
      <TextInput size="xs" label={label} error={error} value={value} placeholder="https://" autoComplete="off" onChange={(event) => onChange(event.currentTarget.value)} />
      <div className={fileClasses.field} style={{ marginTop: 8 }}>
        <span className={fileClasses.small}>{address && broken !== address ? <img src={address} alt="" onError={() => setBroken(address)} /> : <IconPhoto size={20} aria-hidden />}</span>
        <Button variant="default" aria-label={t('files.choose_for', { field: label })} onClick={modal.open}>
          {value ? t('files.other') : t('files.choose')}
        </Button>
      </div>
      <FilePicker
        opened={choosing}
        onClose={modal.close}
        chosen={value}
        onPick={(file) => {
          modal.close();
          if (onPicked) onPicked(file);
          else onChange(file.url);
        }}
      />
    </div>
  );
}
