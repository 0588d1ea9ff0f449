import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { filesQuery, type Picture } from '~/api/files';
import { Button, EmptyState, ErrorState, Group, Skeleton, Stack, TextInput, useDebouncedValue } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconPhoto, IconSearch } from '~/icons';
import { shownAt } from './address';
import classes from './Files.module.css';

const TYPING_MS = 250;

interface Props {
  /** What pressing a picture does, as its name says. */
  onOpen: (file: Picture) => void;
  openLabel: (file: Picture) => string;
  chosen?: string;
  /** Where there are none yet. */
  empty?: ReactNode;
  aside?: ReactNode;
}

/** The pictures of the account, newest first. */
export function FileGrid({ onOpen, openLabel, chosen, empty, aside }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const files = useInfiniteQuery(filesQuery(search));
  const rows = files.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <TextInput
          type="search"
          aria-label={t('files.search')}
          placeholder={t('files.search')}
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          maw={320}
          flex={1}
        />
        {aside}
      </Group>
      {files.isPending && <Skeleton h={220} />}
      {files.isError && !files.data && <ErrorState error={files.error} retry={() => void files.refetch()} />}
      {files.data && rows.length === 0 && (
        <EmptyState icon={<IconPhoto size={22} />} title={search ? t('files.nothing_found') : t('files.none')} actions={search ? undefined : empty}>
          {search ? undefined : t('files.none_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <ul className={classes.grid} data-stale={files.isPlaceholderData || undefined}>
          {rows.map((file) => (
            <li key={file.id}>
              <button type="button" className={classes.tile} aria-label={openLabel(file)} aria-pressed={chosen === undefined ? undefined : chosen === file.url} onClick={() => onOpen(file)}>
                <span className={classes.thumb}>
                  <img src={shownAt(file.url) ?? undefined} alt="" loading="lazy" />
                </span>
                <span className={classes.name}>{file.name}</span>
                <span className={classes.facts}>
                  {file.width} × {file.height} · {format.bytes(file.size_bytes)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {files.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={files.isFetchingNextPage} onClick={() => void files.fetchNextPage()}>
            {t('action.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
