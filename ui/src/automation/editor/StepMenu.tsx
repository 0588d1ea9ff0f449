import { useTranslation } from 'react-i18next';
import { Menu, RowMenu } from '~/components';
import { IconArrowDown, IconArrowUp, IconCopy, IconTrash } from '~/icons';
import { edgesOf } from '../model/graph';
import type { Step } from '../model/types';
import type { StepActions } from './actions';

interface Props {
  step: Step;
  name: string;
  actions: StepActions;
}

/** What can be done with a step, whatever one points with. */
export function StepMenu(props: Props) {
  const { step, name } = props;
  if (step.kind === 'end' || step.kind === 'jump') return null;
  return (
    <RowMenu of={name}>
      <Items {...props} />
    </RowMenu>
  );
}

/** What can be done is found out when the menu opens. */
function Items({ step, actions }: Props) {
  const { t } = useTranslation();
  return (
    <>
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
        {t(edgesOf(step).length > 1 ? 'automation.duplicate_branch' : 'automation.duplicate')}
      </Menu.Item>
      <Menu.Item color="red" disabled={!actions.mayRemove(step)} leftSection={<IconTrash size={15} />} onClick={() => actions.remove(step)}>
        {t('action.delete')}
      </Menu.Item>
    </>
  );
}
