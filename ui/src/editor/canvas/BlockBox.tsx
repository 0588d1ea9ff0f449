import { memo, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { IconFilter } from '~/icons';
import { isKnown, summaryOf } from '../model/catalog';
import { find, walk } from '../model/tree';
import type { Block } from '../model/types';
import { blockElement, focusBlock, useActions, useEditor } from '../store';
import { BlockBar } from './BlockBar';
import { BlockView, TEXT_FIELD } from './BlockView';
import classes from './Canvas.module.css';
import { useDrag } from './dnd';
import { useLook } from './look';

interface Props {
  block: Block;
  place: number;
  count: number;
}

/** A block on the canvas: it can be chosen, moved, and written in. */
export const BlockBox = memo(function BlockBox({ block, place, count }: Props) {
  const { t } = useTranslation();
  const actions = useActions();
  const { settings } = useLook();
  const ref = useRef<HTMLDivElement>(null);
  const selected = useEditor((state) => state.selected === block.id);
  const writing = useEditor((state) => state.writing?.block === block.id);
  const dragging = useEditor((state) => state.dragging);
  const kind = isKnown(block.type) ? t(`block.${block.type}`) : block.type;
  // While its text is written, dragging selects text.
  useDrag(ref, { is: 'block', id: block.id }, kind, !writing);
  const summary = summaryOf(block);
  const label = t('editor.block_label', { kind: summary ? `${kind}: ${summary}` : kind, place, count });
  const top = find(actions.document, block.id)?.place.list === null;
  const ownStripe = block.type === 'section';

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a group that is chosen with focus
    <div
      ref={ref}
      id={`block-${block.id}`}
      role="group"
      aria-label={block.visibility ? `${label}, ${t('editor.conditional')}` : label}
      aria-current={selected || undefined}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: each block is reached by keyboard
      tabIndex={0}
      className={classes.block}
      data-item
      data-type={block.type}
      data-loose={(block.type !== 'section' && block.type !== 'columns') || undefined}
      data-selected={selected || undefined}
      data-dragging={dragging || undefined}
      onClick={(event) => {
        event.stopPropagation();
        actions.select(block.id);
      }}
      onFocus={(event) => {
        if (event.target === event.currentTarget) actions.select(block.id);
      }}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget) onBlockKey(event, block, actions);
      }}
    >
      {selected && !dragging && <BlockBar block={block} />}
      {block.visibility && (
        <span className={classes.condition}>
          <IconFilter size={12} aria-hidden /> {t('editor.conditional')}
        </span>
      )}
      <div style={top && !ownStripe ? { paddingInline: settings.padding_px } : undefined}>
        <BlockView block={block} />
      </div>
    </div>
  );
});

function onBlockKey(event: KeyboardEvent, { id, type }: Block, actions: ReturnType<typeof useActions>): void {
  const done = () => {
    event.preventDefault();
    event.stopPropagation();
  };
  const vertical = event.key === 'ArrowUp' ? 'up' : event.key === 'ArrowDown' ? 'down' : null;
  if (vertical && event.altKey) {
    done();
    actions.step(id, vertical);
  } else if (vertical && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
    done();
    const order = walk(actions.document).map(({ block }) => block.id);
    const next = order[order.indexOf(id) + (vertical === 'up' ? -1 : 1)];
    if (next) focusBlock(next);
  } else if (event.key === 'Enter') {
    done();
    const field = TEXT_FIELD[type];
    if (field) actions.write(id, field);
    else document.querySelector<HTMLElement>('[data-inspector] :is(input, textarea, button, [tabindex="0"])')?.focus();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    done();
    actions.remove(id);
  } else if (event.key.toLowerCase() === 'd' && (event.ctrlKey || event.metaKey)) {
    done();
    actions.duplicate(id);
  } else if (event.key === 'Escape') {
    done();
    const parent = find(actions.document, id)?.ancestors.at(-1);
    if (parent) focusBlock(parent.id);
    else {
      actions.select(null);
      blockElement(id)?.blur();
    }
  }
}
