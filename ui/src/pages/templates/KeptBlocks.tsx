import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keptActions, keptQuery } from '~/api/kept';
import type { SavedBlock } from '~/api/schema';
import { EmptyState, ErrorState, Menu, RowMenu, Skeleton, useUndoable } from '~/components';
import { documentOf } from '~/editor/document';
import { NameBlock } from '~/editor/NameBlock';
import { IconBookmark, IconEdit, IconTrash } from '~/icons';
import { TemplateCard } from '~/templates/TemplateCard';
import classes from '~/templates/Templates.module.css';

/** Blocks that were kept for other mails. */
export function KeptBlocks({ may }: { may: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const kept = useQuery(keptQuery);
  const { hidden, later } = useUndoable();
  const [naming, setNaming] = useState<SavedBlock | null>(null);
  const again = () => queries.invalidateQueries({ queryKey: keptQuery.queryKey });
  const rename = useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) => keptActions.rename(id, name),
    onSuccess: async () => {
      await again();
      setNaming(null);
    },
  });
  if (kept.isPending) return <Skeleton h={220} />;
  if (kept.isError) return <ErrorState error={kept.error} retry={() => void kept.refetch()} />;
  const rows = kept.data.filter(({ id }) => !hidden.has(`block ${id}`));
  if (rows.length === 0) {
    return (
      <EmptyState icon={<IconBookmark size={22} />} title={t('kept.none')}>
        {t('kept.none_text')}
      </EmptyState>
    );
  }
  const remove = ({ id, name }: SavedBlock) =>
    later(`block ${id}`, t('templates.deleted', { name }), async () => {
      await keptActions.remove(id);
      await again();
    });
  return (
    <>
      <ul className={classes.grid}>
        {rows.map((one) => (
          <TemplateCard
            key={one.id}
            name={one.name}
            source={{ content: documentOf({ subject: one.name, preheader: '', text: '', document: { version: 1, settings: {}, blocks: [one.block] } }) }}
            disabled={!may}
            onOpen={() => setNaming(one)}
            menu={
              may && (
                <RowMenu of={one.name}>
                  <Menu.Item leftSection={<IconEdit size={16} />} onClick={() => setNaming(one)}>
                    {t('kept.rename')}
                  </Menu.Item>
                  <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => remove(one)}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              )
            }
          />
        ))}
      </ul>
      <NameBlock
        opened={naming !== null}
        title={t('kept.rename')}
        name={naming?.name ?? ''}
        busy={rename.isPending}
        error={rename.error}
        onClose={() => setNaming(null)}
        onDone={(name) => naming && rename.mutate({ id: naming.id, name })}
      />
    </>
  );
}
