import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { FormActions, FormError, Modal, Stack, Text, TextInput, toast } from '~/components';
import { useFrame } from '~/frame/context';

/** Sends the mail as it is to a few addresses. */
export function TestMail({ opened, onClose, send }: { opened: boolean; onClose: () => void; send: (addresses: string[]) => Promise<number> }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t('editor.test')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <TestForm onClose={onClose} send={send} />
    </Modal>
  );
}

function TestForm({ onClose, send }: { onClose: () => void; send: (addresses: string[]) => Promise<number> }) {
  const { t } = useTranslation();
  const { session } = useFrame();
  const [addresses, setAddresses] = useState(session.user.email);
  const test = useMutation({
    mutationFn: () => send(addresses.split(/[\s,;]+/).filter(Boolean)),
    onSuccess: (count) => {
      toast.done(t('review.tested', { count }));
      onClose();
    },
  });
  const faults = isProblem(test.error) ? Object.values(test.error.faults) : [];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{t('editor.test_text')}</Text>
        {faults.length === 0 && <FormError error={test.error} />}
        <TextInput
          label={t('review.test_addresses')}
          description={t('review.test_hint')}
          value={addresses}
          onChange={(event) => setAddresses(event.currentTarget.value)}
          error={faults.length > 0 ? faults.join(' ') : undefined}
          data-autofocus
        />
        <FormActions onCancel={onClose} pending={test.isPending} label={t('review.send_test')} />
      </Stack>
    </form>
  );
}
