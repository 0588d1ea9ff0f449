import { Button, Popover, UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconChevronDown, IconX } from '~/icons';
import classes from './FilterChip.module.css';

interface Props {
  label: string;
  /** What it is set to, in words; null when it is off. */
  value: string | null;
  onClear: () => void;
  /** Chooses; `close` ends it. */
  children: (close: () => void) => ReactNode;
}

/** One filter of a list, as a button that says what it is set to. */
export function FilterChip({ label, value, onClear, children }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <div className={classes.chip} data-on={value !== null || undefined}>
      <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-start" shadow="md" radius="md">
        <Popover.Target>
          <Button
            variant={value === null ? 'default' : 'light'}
            fw={500}
            className={classes.button}
            rightSection={value === null ? <IconChevronDown size={14} aria-hidden /> : null}
            onClick={() => setOpened(!opened)}
          >
            {value === null ? label : t('filter.is', { label, value })}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p="xs" miw={220}>
          {children(() => setOpened(false))}
        </Popover.Dropdown>
      </Popover>
      {value !== null && (
        <UnstyledButton className={classes.clear} aria-label={t('filter.remove', { label })} onClick={onClear}>
          <IconX size={14} />
        </UnstyledButton>
      )}
    </div>
  );
}
