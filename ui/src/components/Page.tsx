import { ActionIcon, Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconArrowLeft, IconMenu2 } from '~/icons';
import { useFrame } from '~/frame/context';
import { LinkButton } from './links';
import classes from './Page.module.css';
import { Renamer } from './Renamer';

interface Props {
  title: string;
  /** Lets the title be changed where it stands. */
  rename?: (name: string) => Promise<unknown>;
  /** Beside the heading, such as a state. */
  badge?: ReactNode;
  /** A line below the heading: a count, a date. */
  subtitle?: ReactNode;
  /** To the right: at most one filled button. */
  actions?: ReactNode;
  /** Leads up to the list that this page belongs to. */
  back?: { to: string; label: string };
  /** `full` uses the whole width and height, for tables; `narrow` is for forms and text. */
  width?: 'full' | 'wide' | 'narrow';
  children: ReactNode;
}

/** A page of the app: heading bar, title of the browser's tab, and the heading that gets the focus on arrival. */
export function Page({ title, rename, badge, subtitle, actions, back, width = 'wide', children }: Props) {
  const { t } = useTranslation();
  const { openNavigation } = useFrame();

  useEffect(() => {
    document.title = `${title} · Sendero`;
  }, [title]);

  return (
    <div className={classes.page} data-width={width}>
      <header className={classes.bar}>
        <ActionIcon className={classes.burger} size="lg" aria-label={t('frame.open_navigation')} onClick={openNavigation}>
          <IconMenu2 size={20} />
        </ActionIcon>
        {back && (
          <LinkButton
            to={back.to}
            variant="subtle"
            color="gray"
            px={8}
            aria-label={t('frame.back_to', { name: back.label })}
            className={classes.back}
          >
            <IconArrowLeft size={16} />
          </LinkButton>
        )}
        <div className={classes.heading}>
          <Group gap="xs" wrap="nowrap">
            {rename ? (
              <Renamer title={title} rename={rename} />
            ) : (
              <Title order={1} tabIndex={-1} className={classes.title}>
                {title}
              </Title>
            )}
            {badge}
          </Group>
          {subtitle && (
            <Text component="div" size="xs" c="dimmed" className="tabular">
              {subtitle}
            </Text>
          )}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={classes.content}>{children}</div>
    </div>
  );
}
