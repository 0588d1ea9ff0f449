import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { Button, FormError, Group, Modal, Stack, TextInput } from '~/components';

interface Props {
  opened: boolean;
  title: string;
  name: string;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onDone: (name: string) => void;
}

/** Asks what a block that is kept is called. */
export function NameBlock({ opened, onClose, title, ...form }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <NameForm {...form} onClose={onClose} />
    </Modal>
  );
}

function NameForm({ name, busy, error, onClose, onDone }: Omit<Props, 'opened' | 'title'>) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onDone(typed.trim());
      }}
    >
      <Stack gap="md">
        <FormError error={error} fields={['name']} />
        <TextInput
          label={t('kept.name')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={isProblem(error) ? error.faults.name : undefined}
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {t('action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
