import { useTranslation } from 'react-i18next';
import { ActionIcon, Button, Menu, ScrollArea, Tooltip } from '~/components';
import { IconPlus } from '~/icons';
import { GROUPS, ICONS } from '../model/catalog';
import type { Place } from '../model/types';
import { useActions } from '../store';

interface Props {
  place: Place;
  /** What it is put into, which not everything may stand in. */
  inside: 'mail' | 'section' | 'column';
  /** Only the sign, on the bar of a block. */
  small?: boolean;
}

/** Chooses a block and puts it to a place: the way without dragging. */
export function AddMenu({ place, inside, small }: Props) {
  const { t } = useTranslation();
  const actions = useActions();
  const fits = (type: string) => (type === 'section' ? inside === 'mail' : type !== 'columns' || inside !== 'column');
  return (
    <Menu position="bottom" width={200} returnFocus={false} withinPortal>
      {small ? (
        <Tooltip label={t('editor.add_below')}>
          <Menu.Target>
            <ActionIcon size="md" aria-label={t('editor.add_below')}>
              <IconPlus size={16} />
            </ActionIcon>
          </Menu.Target>
        </Tooltip>
      ) : (
        <Menu.Target>
          <Button variant="default" leftSection={<IconPlus size={15} />} onClick={(event) => event.stopPropagation()}>
            {t('editor.add_block')}
          </Button>
        </Menu.Target>
      )}
      <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
        <ScrollArea.Autosize mah={340} type="auto">
          {GROUPS.map(({ name, types }) => (
            <div key={name}>
              <Menu.Label>{t(`editor.group_${name}`)}</Menu.Label>
              {types.filter(fits).map((type) => {
                const Icon = ICONS[type];
                return (
                  <Menu.Item key={type} leftSection={<Icon size={16} aria-hidden />} onClick={() => actions.add(type, place)}>
                    {t(`block.${type}`)}
                  </Menu.Item>
                );
              })}
            </div>
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
