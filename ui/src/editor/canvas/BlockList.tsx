import { Fragment, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Block } from '../model/types';
import { useEditor } from '../store';
import { AddMenu } from './AddMenu';
import { BlockBox } from './BlockBox';
import classes from './Canvas.module.css';
import { useDropList } from './dnd';

/** Blocks below each other, in the mail, a section or a column. */
export function BlockList({ list, blocks, inColumn }: { list: string | null; blocks: Block[]; inColumn?: boolean }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDivElement>(null);
  useDropList(ref, list);
  const dropping = useEditor((state) => (state.dropping?.list === list ? state.dropping.index : null));
  return (
    <div ref={ref} className={classes.list} data-root={list === null || undefined}>
      {blocks.map((block, index) => (
        <Fragment key={block.id}>
          {dropping === index && <div className={classes.drop} />}
          <BlockBox block={block} place={index + 1} count={blocks.length} />
        </Fragment>
      ))}
      {dropping === blocks.length && blocks.length > 0 && <div className={classes.drop} />}
      {blocks.length === 0 && (
        <div className={classes.empty} data-over={dropping !== null || undefined}>
          <span>{t(list === null ? 'editor.empty' : 'editor.empty_list')}</span>
          <AddMenu place={{ list, index: 0 }} inside={list === null ? 'mail' : inColumn ? 'column' : 'section'} />
        </div>
      )}
    </div>
  );
}
