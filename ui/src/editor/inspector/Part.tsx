import { useId, type ReactNode } from 'react';
import { Stack } from '~/components';
import classes from './Inspector.module.css';

/** A group of settings with its heading. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.group} aria-labelledby={id}>
      <h3 id={id} className={classes.groupTitle}>
        {title}
      </h3>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}
