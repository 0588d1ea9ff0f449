import { useTranslation } from 'react-i18next';
import { Menu, RowMenu } from '~/components';
import { IconArrowDown, IconArrowUp, IconCopy, IconTrash } from '~/icons';
import type { Step } from '../model/types';
import type { StepActions } from './actions';

/** What can be done with a step, whatever one points with. */
export function StepMenu({ step, name, actions }: { step: Step; name: string; actions: StepActions }) {
  const { t } = useTranslation();
  if (!actions.mayRemove(step) && !actions.mayDuplicate(step)) return null;
  return (
    <RowMenu of={name}>
      {(['up', 'down'] as const).map((direction) => (
        <Menu.Item
          key={direction}
          disabled={!actions.mayMove(step, direction)}
          leftSection={direction === 'up' ? <IconArrowUp size={15} /> : <IconArrowDown size={15} />}
          onClick={() => actions.move(step, direction)}
        >
          {t(direction === 'up' ? 'automation.move_up' : 'automation.move_down')}
        </Menu.Item>
      ))}
      <Menu.Item disabled={!actions.mayDuplicate(step)} leftSection={<IconCopy size={15} />} onClick={() => actions.duplicate(step)}>
        {t('automation.duplicate')}
      </Menu.Item>
      <Menu.Item color="red" disabled={!actions.mayRemove(step)} leftSection={<IconTrash size={15} />} onClick={() => actions.remove(step)}>
        {t('action.delete')}
      </Menu.Item>
    </RowMenu>
  );
}
