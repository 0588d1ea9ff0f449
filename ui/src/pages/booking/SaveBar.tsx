import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Button, ConfirmModal, Text } from '~/components';
import classes from './Booking.module.css';

interface Props {
  dirty: boolean;
  pending: boolean;
  onSave: () => void;
  onDiscard: () => void;
}

/** At the foot of a page with changes that are not saved yet. Who leaves it is asked first. */
export function SaveBar({ dirty, pending, onSave, onDiscard }: Props) {
  const { t } = useTranslation();
  const leaving = useBlocker({ shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname, enableBeforeUnload: () => dirty, withResolver: true });
  return (
    <>
      {dirty && (
        <div className={classes.bar} data-save-bar role="region" aria-label={t('booking.unsaved')}>
          <Text size="sm">{t('booking.unsaved')}</Text>
          <Button variant="subtle" color="gray" onClick={onDiscard} disabled={pending}>
            {t('booking.discard')}
          </Button>
          <Button loading={pending} onClick={onSave}>
            {t('action.save')}
          </Button>
        </div>
      )}
      <ConfirmModal
        opened={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title={t('editor.leave_title')}
        confirm={t('editor.leave')}
        keep={t('editor.stay')}
        onConfirm={() => leaving.proceed?.()}
      >
        {t('booking.leave_text')}
      </ConfirmModal>
    </>
  );
}
