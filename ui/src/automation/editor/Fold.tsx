import { useTranslation } from 'react-i18next';
import { Button } from '~/components';
import { IconChevronDown, IconChevronRight } from '~/icons';
import type { Item } from '../model/outline';

interface Props {
  item: Item;
  name: string;
  onFold: (step: string) => void;
}

/** Hides what lies within a step, or shows it again. */
export function Fold({ item, name, onFold }: Props) {
  const { t } = useTranslation();
  const { step, inside, branches } = item;
  if (inside === undefined && branches.length === 0) return null;
  const open = inside === undefined;
  return (
    <Button
      variant="default"
      size="compact-xs"
      radius="xl"
      mih={24}
      aria-expanded={open}
      aria-label={t(open ? 'automation.fold' : 'automation.unfold', { step: name })}
      leftSection={open ? <IconChevronDown size={13} /> : <IconChevronRight size={13} />}
      onClick={() => onFold(step.id)}
    >
      {open ? t('automation.ways', { count: branches.length }) : t('automation.folded', { count: inside })}
    </Button>
  );
}
