import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { STATUSES } from '~/api/subscribers';
import {
  Button,
  Checkbox,
  FilterChip,
  NamePicker,
  Popover,
  Radio,
  ScrollArea,
  Select,
  Stack,
  TextInput,
  useDebouncedValue,
  useNamed,
  type NamedKind,
} from '~/components';
import { IconColumns3, IconSearch } from '~/icons';
import type { SubscribersSearch } from '~/routes/_app.subscribers.index';
import type { Column } from './columns';
import classes from './Filters.module.css';
import { Views } from './Views';

const route = getRouteApi('/_app/subscribers/');

interface Props {
  search: SubscribersSearch;
  columns: Column[];
  shown: string[];
  onShown: (keys: string[]) => void;
}

/** Above the list: search, filters, order, columns, saved views. All but the columns is in the address. */
export function Filters({ search, columns, shown, onShown }: Props) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const set = (change: Partial<SubscribersSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...change, view: undefined }), replace: true });

  return (
    <div className={classes.bar}>
      <SearchBox value={search.search ?? ''} onChange={(words) => set({ search: words || undefined })} />
      <FilterChip
        label={t('subscriber.status')}
        value={search.status ? t(`status.${search.status}`) : null}
        onClear={() => set({ status: undefined })}
      >
        {(close) => (
          <Radio.Group
            aria-label={t('subscriber.status')}
            value={search.status ?? ''}
            onChange={(value) => {
              set({ status: STATUSES.find((status) => status === value) });
              close();
            }}
          >
            <Stack gap={8} p={4}>
              {STATUSES.map((status) => (
                <Radio key={status} size="xs" value={status} label={t(`status.${status}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
      </FilterChip>
      <NamedFilter kind="group" value={search.group} onChange={(group) => set({ group })} />
      <NamedFilter kind="tag" value={search.tag} onChange={(tag) => set({ tag })} />
      <NamedFilter kind="segment" value={search.segment} onChange={(segment) => set({ segment })} />
      <div className={classes.end}>
        <Select
          size="xs"
          aria-label={t('subscribers.order')}
          data={[
            { value: 'newest', label: t('subscribers.newest') },
            { value: 'email', label: t('subscribers.by_email') },
            { value: 'last_activity', label: t('subscribers.by_activity') },
          ]}
          value={search.sort ?? 'newest'}
          onChange={(sort) => set({ sort: sort as SubscribersSearch['sort'] })}
          allowDeselect={false}
          w={150}
        />
        <ColumnChooser columns={columns} shown={shown} onShown={onShown} />
        <Views search={search} shown={shown} onShown={onShown} />
      </div>
    </div>
  );
}

const TYPING_MS = 250;

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const [settled] = useDebouncedValue(text, TYPING_MS);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (settled === text && settled.trim() !== value) onChange(settled.trim());
    // Only what was typed changes the address; the other way round is the effect above.
    // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [settled]);
  return (
    <TextInput
      className={classes.search}
      size="xs"
      type="search"
      aria-label={t('subscribers.search')}
      placeholder={t('subscribers.search')}
      leftSection={<IconSearch size={15} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

const LABELS = { group: 'filter.group', tag: 'filter.tag', segment: 'filter.segment' } as const;

function NamedFilter({ kind, value, onChange }: { kind: NamedKind; value: string | undefined; onChange: (id: string | undefined) => void }) {
  const { t } = useTranslation();
  const named = useNamed(kind);
  const label = t(LABELS[kind]);
  const name = value ? (named.find((entry) => entry.value === value)?.label ?? '…') : null;
  return (
    <FilterChip label={label} value={name} onClear={() => onChange(undefined)}>
      {(close) => (
        <NamePicker
          kind={kind}
          label={label}
          hideLabel
          value={value ?? null}
          onChange={(id) => {
            onChange(id ?? undefined);
            close();
          }}
        />
      )}
    </FilterChip>
  );
}

function ColumnChooser({ columns, shown, onShown }: Pick<Props, 'columns' | 'shown' | 'onShown'>) {
  const { t } = useTranslation();
  const keys = columns.map(({ key }) => key);
  return (
    <Popover position="bottom-end" shadow="md" radius="md" trapFocus>
      <Popover.Target>
        <Button variant="default" fw={500} leftSection={<IconColumns3 size={15} />} className={classes.columns}>
          {t('subscribers.columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <ScrollArea.Autosize mah={360}>
          <Checkbox.Group
            aria-label={t('subscribers.columns')}
            value={shown}
            // In the order of the list, whatever was switched on first.
            onChange={(chosen) => onShown(keys.filter((key) => chosen.includes(key)))}
          >
            <Stack gap={8} p={4}>
              {columns.map(({ key, label }) => (
                <Checkbox key={key} size="xs" value={key} label={label} />
              ))}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
