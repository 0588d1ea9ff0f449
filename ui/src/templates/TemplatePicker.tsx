import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Document } from '~/api/schema';
import { builtInQuery, templateContentQuery, templatesQuery } from '~/api/templates';
import { ErrorState, Modal, Skeleton, Stack, Title, toast } from '~/components';
import { TemplateCard } from './TemplateCard';
import classes from './Templates.module.css';

interface Props {
  opened: boolean;
  busy: boolean;
  onClose: () => void;
  onPick: (content: Document) => void;
}

/** Chooses what a mail begins with. */
export function TemplatePicker({ opened, busy, onClose, onPick }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} size="70rem" title={t('templates.choose')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Choices busy={busy} onPick={onPick} />
    </Modal>
  );
}

function Choices({ busy, onPick }: Pick<Props, 'busy' | 'onPick'>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const templates = useQuery(templatesQuery);
  const ready = useQuery(builtInQuery);
  if (!templates.data || !ready.data) {
    const error = templates.error ?? ready.error;
    return error ? <ErrorState error={error} retry={() => void Promise.all([templates.refetch(), ready.refetch()])} /> : <Skeleton h={320} />;
  }
  // Those with names that only programs know are for messages.
  const own = templates.data.filter(({ variables }) => variables.length === 0);
  const take = (id: string, version: number) => void queries.fetchQuery(templateContentQuery(id, version)).then(onPick, toast.failed);
  return (
    <Stack gap="lg">
      {own.length > 0 && (
        <section aria-label={t('templates.own')}>
          <Title order={3} mb="sm">
            {t('templates.own')}
          </Title>
          <ul className={classes.grid}>
            {own.map(({ id, version, name, category, variables }) => (
              <TemplateCard key={id} name={name} text={category} source={{ template: id, version, variables }} disabled={busy} onOpen={() => take(id, version)} />
            ))}
          </ul>
        </section>
      )}
      <section aria-label={t('templates.built_in')}>
        <Title order={3} mb="sm">
          {t('templates.built_in')}
        </Title>
        <ul className={classes.grid}>
          {ready.data.map(({ key, name, description, content }) => (
            <TemplateCard key={key} name={name} text={description} source={{ content }} disabled={busy} onOpen={() => onPick(content)} />
          ))}
        </ul>
      </section>
    </Stack>
  );
}
