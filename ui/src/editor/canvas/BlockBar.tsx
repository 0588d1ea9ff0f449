import { useContext, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, Menu, Tooltip } from '~/components';
import { IconArrowDown, IconArrowUp, IconBookmark, IconCopy, IconCornerLeftUp, IconDots, IconGripVertical, IconTrash } from '~/icons';
import { isKnown } from '../model/catalog';
import { find, holderOf } from '../model/tree';
import type { Block } from '../model/types';
import { focusBlock, useActions } from '../store';
import { HostContext } from '../host';
import { AddMenu } from './AddMenu';
import classes from './Canvas.module.css';
import { useDrag } from './dnd';

/** What can be done with the block that is chosen. */
export function BlockBar({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const { keepBlock } = useContext(HostContext);
  const grip = useRef<HTMLSpanElement>(null);
  const kind = isKnown(block.type) ? t(`block.${block.type}`) : block.type;
  useDrag(grip, { is: 'block', id: block.id }, kind);
  const found = find(actions.document, block.id);
  if (!found) return null;
  const holder = holderOf(actions.document, found.place.list);
  const inside = holder === null ? 'mail' : holder.type === 'section' ? 'section' : 'column';
  const parent = found.ancestors.at(-1);

  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- its buttons are what is pressed
    <div className={classes.bar} role="toolbar" aria-label={t('editor.block_tools', { block: kind })} onClick={(event) => event.stopPropagation()}>
      <span ref={grip} className={classes.grip} title={t('editor.drag')}>
        <IconGripVertical size={15} aria-hidden />
        {kind}
      </span>
      <Tool label={t('editor.move_up')} act={() => actions.step(block.id, 'up')} icon={IconArrowUp} />
      <Tool label={t('editor.move_down')} act={() => actions.step(block.id, 'down')} icon={IconArrowDown} />
      <AddMenu small place={{ list: found.place.list, index: found.place.index + 1 }} inside={inside} />
      <Tool label={t('editor.duplicate')} act={() => actions.duplicate(block.id)} icon={IconCopy} />
      <Tool label={t('editor.remove')} act={() => actions.remove(block.id)} icon={IconTrash} />
      {(parent || keepBlock) && (
        <Menu position="bottom-end" returnFocus={false} withinPortal>
          <Menu.Target>
            <ActionIcon size="md" aria-label={t('editor.more_tools')}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
            {parent && (
              <Menu.Item leftSection={<IconCornerLeftUp size={16} />} onClick={() => focusBlock(parent.id)}>
                {t('editor.choose_parent')}
              </Menu.Item>
            )}
            {keepBlock && (
              <Menu.Item leftSection={<IconBookmark size={16} />} onClick={() => keepBlock(block)}>
                {t('editor.keep')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function Tool({ label, act, icon: Icon }: { label: string; act: () => void; icon: typeof IconTrash }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size="md" aria-label={label} onClick={act}>
        <Icon size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
