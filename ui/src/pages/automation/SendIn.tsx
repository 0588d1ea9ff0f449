import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { automationActions } from '~/api/automations';
import { refusalWords } from '~/automation/lines';
import { Alert, applyFaults, FormActions, FormError, Modal, Stack, Text, TextInput, useForm } from '~/components';
import { useFrame } from '~/frame/context';

interface Props {
  automation: string;
  onClose: () => void;
}

/** Lets one subscriber in by hand: oneself, to see what comes. */
export function SendIn({ automation, onClose }: Props) {
  const { t } = useTranslation();
  const { session } = useFrame();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { email: session.user.email } });
  const send = useMutation({
    mutationFn: (email: string) => automationActions.sendIn(automation, email),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ run_id: run }) => {
      await queries.invalidateQueries({ queryKey: ['automations', automation] });
      if (run !== null) await navigate({ to: '/automations/$id/runs/$run', params: { id: automation, run } });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('automation.send_in')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit(({ email }) => send.mutate(email.trim()))} noValidate>
        <Stack gap="md">
          <FormError error={send.error} fields={['email']} />
          {send.data && send.data.run_id === null && (
            <Alert color="orange" variant="light" role="alert">
              {t('automation.not_entered', { why: refusalWords(t, send.data.refused) })}
            </Alert>
          )}
          <Text size="sm">{t('automation.send_in_text')}</Text>
          <TextInput type="email" label={t('sign_in.email')} data-autofocus autoComplete="off" {...form.getInputProps('email')} />
          <FormActions onCancel={onClose} pending={send.isPending} label={t('automation.send_in')} />
        </Stack>
      </form>
    </Modal>
  );
}
