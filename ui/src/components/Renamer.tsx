import { ActionIcon, Button, Group, TextInput, Title, Tooltip } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconEdit } from '~/icons';
import classes from './Page.module.css';
import { describeError } from './toast';

interface Props {
  title: string;
  rename: (name: string) => Promise<unknown>;
}

/** A heading that can be written over where it stands. Enter keeps it, Escape does not. */
export function Renamer({ title, rename }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setName(null);
    setFault(null);
    setTimeout(() => button.current?.focus());
  };
  if (name === null) {
    return (
      <>
        <Title order={1} tabIndex={-1} className={classes.title}>
          {title}
        </Title>
        <Tooltip label={t('named.rename')}>
          <ActionIcon ref={button} aria-label={t('named.rename')} onClick={() => setName(title)}>
            <IconEdit size={16} />
          </ActionIcon>
        </Tooltip>
      </>
    );
  }
  const save = async () => {
    const wanted = name.trim();
    if (wanted === title) return close();
    setBusy(true);
    try {
      await rename(wanted);
      close();
    } catch (error) {
      setFault(describeError(error, t));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.rename}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Title order={1} className="visually-hidden">
        {title}
      </Title>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <TextInput
          size="sm"
          flex={1}
          aria-label={t('named.name')}
          value={name}
          error={fault}
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- it takes the place of the button that was pressed
          autoFocus
          onFocus={({ currentTarget }) => currentTarget.select()}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          onKeyDown={({ key }) => key === 'Escape' && close()}
        />
        <Button type="submit" loading={busy} disabled={name.trim() === ''}>
          {t('action.save')}
        </Button>
        <Button variant="default" onClick={close}>
          {t('action.cancel')}
        </Button>
      </Group>
    </form>
  );
}
