import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Tabs, Text } from '~/components';
import { useDrag } from './canvas/dnd';
import classes from './Editor.module.css';
import { KeptPanel } from './Kept';
import { GROUPS, ICONS, isKnown, summaryOf, type BlockType } from './model/catalog';
import { walk } from './model/tree';
import { focusBlock, useActions, useEditor } from './store';

/** What can be put into the mail, and what is in it. */
export function Palette({ onAdded }: { onAdded?: () => void }) {
  const { t } = useTranslation();
  return (
    <Tabs defaultValue="blocks" keepMounted={false} classNames={{ root: classes.palette, panel: classes.panel }}>
      <Tabs.List grow>
        <Tabs.Tab value="blocks">{t('editor.blocks')}</Tabs.Tab>
        <Tabs.Tab value="kept">{t('editor.kept')}</Tabs.Tab>
        <Tabs.Tab value="outline">{t('editor.outline')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="blocks">
        {GROUPS.map(({ name, types }) => (
          <section key={name} aria-label={t(`editor.group_${name}`)}>
            <h2 className={classes.group}>{t(`editor.group_${name}`)}</h2>
            <div className={classes.tiles}>
              {types.map((type) => (
                <Tile key={type} type={type} onAdded={onAdded} />
              ))}
            </div>
          </section>
        ))}
        <Text size="xs" c="dimmed" mt="md">
          {t('editor.palette_hint')}
        </Text>
      </Tabs.Panel>
      <Tabs.Panel value="kept">
        <KeptPanel onAdded={onAdded} />
      </Tabs.Panel>
      <Tabs.Panel value="outline">
        <Outline onChosen={onAdded} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Tile({ type, onAdded }: { type: BlockType; onAdded?: () => void }) {
  const { t } = useTranslation();
  const actions = useActions();
  const ref = useRef<HTMLButtonElement>(null);
  const label = t(`block.${type}`);
  useDrag(ref, { is: 'new', type }, label);
  const Icon = ICONS[type];
  return (
    <button
      ref={ref}
      type="button"
      className={classes.tile}
      onClick={() => {
        actions.add(type);
        onAdded?.();
      }}
    >
      <Icon size={20} stroke={1.6} aria-hidden />
      {label}
    </button>
  );
}

/** All blocks as a list: the way to what is hard to point at. */
function Outline({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation();
  const document = useEditor((state) => state.history.present.document);
  const selected = useEditor((state) => state.selected);
  const all = walk(document);
  if (all.length === 0) return <Text size="sm">{t('editor.empty')}</Text>;
  return (
    <ul className={classes.outline} aria-label={t('editor.outline')}>
      {all.map(({ block, ancestors }) => {
        const Icon = isKnown(block.type) ? ICONS[block.type] : null;
        const summary = summaryOf(block);
        return (
          <li key={block.id} style={{ paddingInlineStart: ancestors.length * 16 }}>
            <button
              type="button"
              className={classes.outlineRow}
              aria-current={block.id === selected || undefined}
              onClick={() => {
                onChosen?.();
                focusBlock(block.id);
              }}
            >
              {Icon && <Icon size={15} stroke={1.6} aria-hidden />}
              <span>{isKnown(block.type) ? t(`block.${block.type}`) : block.type}</span>
              {summary && <span className={classes.summary}>{summary}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
