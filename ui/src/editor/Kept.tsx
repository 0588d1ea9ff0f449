import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { keptActions, keptQuery } from '~/api/kept';
import type { Block as KnownBlock, SavedBlock } from '~/api/schema';
import { ActionIcon, Skeleton, Text, toast, Tooltip } from '~/components';
import { useFrame } from '~/frame/context';
import { IconPlus } from '~/icons';
import classes from '~/templates/Templates.module.css';
import { useDrag } from './canvas/dnd';
import { HostContext } from './host';
import { ICONS, isKnown } from './model/catalog';
import { copyOf, newId } from './model/tree';
import type { Block } from './model/types';
import { NameBlock } from './NameBlock';
import { useActions } from './store';

/** Lets blocks be kept for other mails, and asks for their names. */
export function KeepsBlocks({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const [block, setBlock] = useState<Block | null>(null);
  const keep = useMutation({
    mutationFn: (name: string) => keptActions.create(name, block as KnownBlock),
    onSuccess: async ({ name }) => {
      setBlock(null);
      toast.done(t('kept.done', { name }));
      await queries.invalidateQueries({ queryKey: keptQuery.queryKey });
    },
  });
  const may = can('campaigns:write');
  const host = useMemo(() => ({ keepBlock: may ? setBlock : undefined }), [may]);
  return (
    <HostContext value={host}>
      {children}
      <NameBlock
        opened={block !== null}
        title={t('editor.keep')}
        name=""
        busy={keep.isPending}
        error={keep.error}
        onClose={() => setBlock(null)}
        onDone={(name) => keep.mutate(name)}
      />
    </HostContext>
  );
}

/** The blocks that were kept, to be put into this mail. */
export function KeptPanel({ onAdded }: { onAdded?: () => void }) {
  const { t } = useTranslation();
  const kept = useQuery(keptQuery);
  if (kept.isPending) return <Skeleton h={120} mt="sm" />;
  if (!kept.data?.length) {
    return (
      <Text size="xs" c="dimmed" mt="sm">
        {t('kept.none_text')}
      </Text>
    );
  }
  return (
    <ul className={classes.kept}>
      {kept.data.map((one) => (
        <KeptRow key={one.id} kept={one} onAdded={onAdded} />
      ))}
    </ul>
  );
}

function KeptRow({ kept: { name, block }, onAdded }: { kept: SavedBlock; onAdded?: () => void }) {
  const { t } = useTranslation();
  const actions = useActions();
  const ref = useRef<HTMLLIElement>(null);
  useDrag(ref, { is: 'kept', block }, name);
  const Icon = isKnown(block.type) ? ICONS[block.type] : null;
  return (
    <li ref={ref} className={classes.keptRow}>
      {Icon && <Icon size={16} aria-hidden />}
      <span className={classes.keptName}>{name}</span>
      <Tooltip label={t('kept.add', { name })}>
        <ActionIcon
          aria-label={t('kept.add', { name })}
          onClick={() => {
            actions.addBlock(copyOf(block, newId));
            onAdded?.();
          }}
        >
          <IconPlus size={16} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}
