import { useTranslation } from 'react-i18next';
import type { BlockPadding } from '~/api/schema';
import { Button, NumberInput } from '~/components';
import { IconBoxMargin } from '~/icons';
import { isKnown } from '../model/catalog';
import { useFault } from '../faults';
import type { Block } from '../model/types';
import { useActions } from '../store';
import { ColumnsFields, MenuFields, SocialFields, TableFields } from './lists';
import { SpecField } from './fields';
import classes from './Inspector.module.css';
import { Part } from './Part';
import { ColumnsShowIf, ShowIf } from './ShowIf';
import { SPECS, type Spec } from './specs';

const EXTRA: Record<string, (props: { block: Block }) => React.ReactNode> = { columns: ColumnsFields, social: SocialFields, menu: MenuFields, table: TableFields };

export function BlockSettings({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const fault = useFault(block.id);
  if (!isKnown(block.type)) return null;
  const { content, look } = SPECS[block.type];
  const Extra = EXTRA[block.type];
  const field = (spec: Spec) => (
    <SpecField
      key={spec.key}
      spec={spec}
      value={block.props[spec.key]}
      error={fault(spec.key)}
      onChange={(value) => actions.setProps(block.id, { [spec.key]: value })}
      onPicked={({ url, alt }) => {
        // What is said of a picture goes with it, unless the mail says something else.
        const says = content.some(({ key }) => key === 'alt') && alt && !block.props.alt;
        actions.setProps(block.id, says ? { [spec.key]: url, alt } : { [spec.key]: url });
      }}
    />
  );
  return (
    <>
      {(content.length > 0 || Extra) && (
        <Part title={t('editor.content')}>
          {content.map(field)}
          {Extra && <Extra block={block} />}
        </Part>
      )}
      {look.length > 0 && <Part title={t('editor.look')}>{look.map(field)}</Part>}
      {block.type !== 'spacer' && block.type !== 'columns' && <PaddingFields block={block} />}
      <ShowIf block={block} />
      {block.type === 'columns' && <ColumnsShowIf block={block} />}
    </>
  );
}

const SIDES = ['top_px', 'bottom_px', 'left_px', 'right_px'] as const;

/** The empty space around a block; a side that is left out is as wide as usual. */
function PaddingFields({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const padding = (block.props.padding as BlockPadding | null | undefined) ?? {};
  const set = (side: (typeof SIDES)[number], value: number | undefined) => {
    const next: BlockPadding = { ...padding, [side]: value };
    if (value === undefined) delete next[side];
    actions.setProps(block.id, { padding: Object.keys(next).length > 0 ? next : undefined });
  };
  const usual = (side: (typeof SIDES)[number]) => (side === 'top_px' || side === 'bottom_px' ? '10' : block.type === 'section' ? t('editor.as_mail') : '0');
  return (
    <Part title={t('editor.space')}>
      <div className={classes.pair}>
        {SIDES.map((side) => (
          <NumberInput
            key={side}
            size="xs"
            label={t(`side.${side}`)}
            min={0}
            max={120}
            allowDecimal={false}
            clampBehavior="blur"
            suffix=" px"
            placeholder={usual(side)}
            value={padding[side] ?? ''}
            onChange={(value) => {
              if (value === '') set(side, undefined);
              else if (typeof value === 'number' && value >= 0 && value <= 120) set(side, value);
            }}
          />
        ))}
      </div>
      {Object.keys(padding).length > 0 && (
        <Button variant="subtle" size="compact-sm" leftSection={<IconBoxMargin size={14} />} onClick={() => actions.setProps(block.id, { padding: undefined })}>
          {t('editor.usual_space')}
        </Button>
      )}
    </Part>
  );
}
