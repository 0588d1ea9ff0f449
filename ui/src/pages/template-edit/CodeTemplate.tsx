import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Template } from '~/api/schema';
import { templateActions } from '~/api/templates';
import { Button, Card, EmptyState, FormError, Group, Stack, toast } from '~/components';
import { Variables } from '~/editor/inspector/Variables';
import { useFrame } from '~/frame/context';

/** A template that is not made of blocks: of it, only the names can be changed here. */
export function CodeTemplate({ template: { id, name, version, variables } }: { template: Template }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const [names, setNames] = useState<readonly string[]>(variables);
  const save = useMutation({
    mutationFn: () => templateActions.change(id, version, { variables: [...names] }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['templates'] });
      toast.done(t('named.saved', { name }));
    },
  });
  return (
    <Stack gap="md">
      <EmptyState title={t('templates.code')}>{t('templates.code_text')}</EmptyState>
      {can('campaigns:write') && (
        <Card title={t('editor.variables_title')}>
          <Stack gap="md">
            <FormError error={save.error} fields={[]} />
            <Variables value={names} onChange={setNames} />
            <Group>
              <Button loading={save.isPending} disabled={names.join() === variables.join()} onClick={() => save.mutate()}>
                {t('action.save')}
              </Button>
            </Group>
          </Stack>
        </Card>
      )}
    </Stack>
  );
}
