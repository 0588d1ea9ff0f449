import { Group, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './Card.module.css';

interface Props {
  title?: ReactNode;
  /** To the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  /** For a body that draws its own edges, such as a table. */
  flush?: boolean;
}

/** A bordered part of a page, with its heading. */
export function Card({ title, aside, children, flush }: Props) {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={title ? id : undefined} data-flush={flush || undefined}>
      {(title || aside) && (
        <Group justify="space-between" gap="sm" className={classes.head} wrap="wrap">
          {title && (
            <Title order={2} id={id}>
              {title}
            </Title>
          )}
          {aside}
        </Group>
      )}
      <div className={classes.body}>{children}</div>
    </section>
  );
}
