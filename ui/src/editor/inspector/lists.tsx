import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockMenuItem, BrandProfile } from '~/api/schema';
import { ActionIcon, Button, Group, Select, Stack, TextInput } from '~/components';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '~/icons';
import { NETWORK_NAMES } from '../canvas/BlockView';
import { useFault } from '../faults';
import { withScheme } from '../text/address';
import type { Block } from '../model/types';
import { useActions } from '../store';
import classes from './Inspector.module.css';

const RATIOS = [[1], [1, 1], [1, 2], [2, 1], [1, 1, 1], [1, 2, 1], [1, 1, 1, 1], [1, 1, 2]];

/** How many columns there are and how wide they are against each other. */
export function ColumnsFields({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const columns = (block.props.columns as unknown[] | undefined) ?? [];
  const given = (block.props.ratios as number[] | undefined) ?? [];
  const now = given.length > 0 ? given : columns.map(() => 1);
  return (
    <div role="group" aria-label={t('editor.ratios')} className={classes.ratios}>
      {RATIOS.map((ratios) => {
        const sum = ratios.reduce((total, one) => total + one, 0);
        return (
          <button
            key={ratios.join()}
            type="button"
            className={classes.ratio}
            aria-pressed={ratios.join() === now.join()}
            aria-label={t('editor.ratio', { count: ratios.length, shares: ratios.map((one) => `${Math.round((one / sum) * 100)} %`).join(', ') })}
            onClick={() => actions.setRatios(block.id, ratios)}
          >
            {ratios.map((one, index) => (
              // oxlint-disable-next-line react/no-array-index-key
              <span key={index} style={{ flex: one }} />
            ))}
          </button>
        );
      })}
    </div>
  );
}

interface ListProps<T> {
  items: T[];
  most: number;
  least?: number;
  onChange: (items: T[]) => void;
  fresh: () => T;
  addLabel: string;
  name: (index: number) => string;
  renderRow: (item: T, index: number, change: (item: T) => void) => ReactNode;
}

/** Things that follow each other: added, removed, moved up and down. */
function ListField<T>({ items, most, least = 1, onChange, fresh, addLabel, name, renderRow }: ListProps<T>) {
  const { t } = useTranslation();
  const swap = (index: number, other: number) => {
    const next = [...items];
    [next[index], next[other]] = [next[other]!, next[index]!];
    onChange(next);
  };
  return (
    <Stack gap="xs">
      {items.map((item, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- they have no names of their own
        <div key={index} className={classes.row} role="group" aria-label={name(index)}>
          <Stack gap={6}>
            {renderRow(item, index, (changed) => onChange(items.with(index, changed)))}
            <Group gap={2} justify="flex-end">
              <ActionIcon aria-label={t('editor.up_of', { name: name(index) })} disabled={index === 0} onClick={() => swap(index, index - 1)}>
                <IconArrowUp size={15} />
              </ActionIcon>
              <ActionIcon aria-label={t('editor.down_of', { name: name(index) })} disabled={index === items.length - 1} onClick={() => swap(index, index + 1)}>
                <IconArrowDown size={15} />
              </ActionIcon>
              <ActionIcon aria-label={t('editor.remove_of', { name: name(index) })} disabled={items.length <= least} onClick={() => onChange(items.toSpliced(index, 1))}>
                <IconTrash size={15} />
              </ActionIcon>
            </Group>
          </Stack>
        </div>
      ))}
      <Group>
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} />} disabled={items.length >= most} onClick={() => onChange([...items, fresh()])}>
          {addLabel}
        </Button>
      </Group>
    </Stack>
  );
}

export function SocialFields({ block }: { block: Block }) {
  const actions = useActions();
  const fault = useFault(block.id);
  return <Profiles links={(block.props.links as BrandProfile[] | undefined) ?? []} onChange={(links) => actions.setProps(block.id, { links })} error={fault('links')} />;
}

/** Profiles elsewhere. */
export function Profiles({ links, onChange, error, none }: { links: BrandProfile[]; onChange: (links: BrandProfile[]) => void; error?: string; none?: boolean }) {
  const { t } = useTranslation();
  return (
    <ListField
      items={links}
      most={20}
      least={none ? 0 : 1}
      onChange={onChange}
      fresh={() => ({ network: 'website', href: 'https://' })}
      addLabel={t('editor.add_link')}
      name={(index) => t('editor.link_number', { number: index + 1 })}
      renderRow={(link, _, change) => (
        <>
          <Select
            size="xs"
            aria-label={t('editor.network')}
            data={Object.entries(NETWORK_NAMES).map(([value, label]) => ({ value, label }))}
            value={link.network}
            allowDeselect={false}
            onChange={(network) => network && change({ ...link, network })}
          />
          <TextInput
            size="xs"
            aria-label={t('prop.href')}
            value={link.href}
            error={error}
            onChange={(event) => change({ ...link, href: event.currentTarget.value })}
            onBlur={() => link.href && change({ ...link, href: withScheme(link.href) })}
          />
        </>
      )}
    />
  );
}

export function MenuFields({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const fault = useFault(block.id);
  const items = (block.props.items as BlockMenuItem[] | undefined) ?? [];
  return (
    <ListField
      items={items}
      most={12}
      onChange={(next) => actions.setProps(block.id, { items: next })}
      fresh={() => ({ label: t('editor.new_menu_1'), href: 'https://example.com' })}
      addLabel={t('editor.add_link')}
      name={(index) => t('editor.link_number', { number: index + 1 })}
      renderRow={(item, _, change) => (
        <>
          <TextInput size="xs" aria-label={t('prop.label')} value={item.label} onChange={(event) => change({ ...item, label: event.currentTarget.value })} />
          <TextInput
            size="xs"
            aria-label={t('prop.href')}
            value={item.href}
            error={fault('items')}
            onChange={(event) => change({ ...item, href: event.currentTarget.value })}
            onBlur={() => item.href && change({ ...item, href: withScheme(item.href) })}
          />
        </>
      )}
    />
  );
}

/** The cells of a table. */
export function TableFields({ block }: { block: Block }) {
  const { t } = useTranslation();
  const actions = useActions();
  const rows = (block.props.rows as string[][] | undefined) ?? [['']];
  const width = rows[0]?.length ?? 1;
  const set = (next: string[][]) => actions.setProps(block.id, { rows: next }, `rows ${block.id}`);
  const resize = (columns: number) => {
    const aligns = (block.props.aligns as string[] | undefined) ?? [];
    actions.setProps(block.id, {
      rows: rows.map((cells) => Array.from({ length: columns }, (_, index) => cells[index] ?? '')),
      aligns: aligns.slice(0, columns),
    });
  };
  return (
    <>
      <div className={classes.cells} role="region" aria-label={t('editor.cells')}>
        <Stack gap={4}>
          {rows.map((cells, row) => (
            // oxlint-disable-next-line react/no-array-index-key
            <Group key={row} gap={4} wrap="nowrap">
              {cells.map((cell, column) => (
                <TextInput
                  // oxlint-disable-next-line react/no-array-index-key
                  key={column}
                  size="xs"
                  aria-label={t('editor.cell', { row: row + 1, column: column + 1 })}
                  value={cell}
                  onChange={(event) => set(rows.with(row, cells.with(column, event.currentTarget.value)))}
                />
              ))}
              <ActionIcon aria-label={t('editor.remove_of', { name: t('editor.row_number', { number: row + 1 }) })} disabled={rows.length === 1} onClick={() => set(rows.toSpliced(row, 1))}>
                <IconTrash size={15} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
      </div>
      <Group gap="xs">
        <Button variant="default" size="compact-sm" disabled={rows.length >= 100} onClick={() => set([...rows, Array.from({ length: width }, () => '')])}>
          {t('editor.add_row')}
        </Button>
        <Button variant="default" size="compact-sm" disabled={width >= 8} onClick={() => resize(width + 1)}>
          {t('editor.add_column')}
        </Button>
        <Button variant="default" size="compact-sm" disabled={width <= 1} onClick={() => resize(width - 1)}>
          {t('editor.remove_column')}
        </Button>
      </Group>
    </>
  );
}
