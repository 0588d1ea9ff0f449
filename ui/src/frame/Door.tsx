import { Title } from '~/components';
import { useEffect, type ReactNode } from 'react';
import classes from './Door.module.css';

/** The pages before one is signed in: a quiet card in the middle. */
export function Door({ title, lead, children, wide }: { title: string; lead?: ReactNode; children: ReactNode; wide?: boolean }) {
  useEffect(() => {
    document.title = `${title} · Sendero`;
  }, [title]);
  return (
    <main className={classes.door}>
      <div className={classes.brand}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} width={28} height={28} alt="" />
        Sendero
      </div>
      <div className={classes.card} data-wide={wide || undefined}>
        <Title order={1} fz={20} mb={4}>
          {title}
        </Title>
        {lead && <div className={classes.lead}>{lead}</div>}
        {children}
      </div>
    </main>
  );
}
