import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { automationActions, libraryQuery } from '~/api/automations';
import { applyFaults, ErrorState, FormActions, FormError, Modal, Skeleton, Stack, Text, TextInput, useForm } from '~/components';
import classes from './Automations.module.css';

/** Begins an automation with nothing, or with a ready one. */
export function NewAutomation({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} size="52rem" title={t('automations.new')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Choose onClose={onClose} />
    </Modal>
  );
}

function Choose({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const library = useQuery(libraryQuery);
  const [chosen, setChosen] = useState<string | null>(null);
  const [named, setNamed] = useState(false);
  const form = useForm({ initialValues: { name: '' } });
  const create = useMutation({
    mutationFn: (name: string) => automationActions.create(name, chosen ?? undefined),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['automations'] });
      await navigate({ to: '/automations/$id/edit', params: { id: made.id } });
    },
  });
  const choose = (key: string | null, name: string) => {
    setChosen(key);
    // A name that somebody wrote stays.
    if (!named) form.setFieldValue('name', name);
  };
  const entry = library.data?.find(({ key }) => key === chosen);
  return (
    <form onSubmit={form.onSubmit(({ name }) => create.mutate(name.trim()))} noValidate>
      <Stack gap="md">
        <FormError error={create.error} fields={['name']} />
        <TextInput
          label={t('named.name')}
          data-autofocus
          autoComplete="off"
          {...form.getInputProps('name')}
          onChange={({ currentTarget: { value } }) => {
            setNamed(value !== '');
            form.setFieldValue('name', value);
          }}
        />
        <div>
          <Text size="sm" fw={500} mb={6} id="automation-library">
            {t('automations.begin_with')}
          </Text>
          <ul className={classes.library} aria-labelledby="automation-library">
            <li>
              <button type="button" className={classes.entry} aria-pressed={chosen === null} onClick={() => choose(null, '')}>
                <span className={classes.name}>{t('automations.blank')}</span>
                <span className={classes.about}>{t('automations.blank_text')}</span>
              </button>
            </li>
            {library.data?.map(({ key, name, about }) => (
              <li key={key}>
                <button type="button" className={classes.entry} aria-pressed={chosen === key} onClick={() => choose(key, name)}>
                  <span className={classes.name}>{name}</span>
                  <span className={classes.about}>{about}</span>
                </button>
              </li>
            ))}
          </ul>
          {library.isPending && <Skeleton h={360} mt="sm" />}
          {library.isError && <ErrorState error={library.error} retry={() => void library.refetch()} />}
        </div>
        {entry && entry.needs.length > 0 && (
          <Text size="sm" aria-live="polite">
            {t('automations.needs', { what: entry.needs.join(' ') })}
          </Text>
        )}
        <FormActions onCancel={onClose} pending={create.isPending} label={t('automations.create')} />
      </Stack>
    </form>
  );
}
