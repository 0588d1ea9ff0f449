import type { ReactNode } from 'react';
import { Thumbnail, type Source } from './Thumbnail';
import classes from './Templates.module.css';

interface Props {
  name: string;
  text?: ReactNode;
  source: Source;
  onOpen: () => void;
  menu?: ReactNode;
  disabled?: boolean;
}

/** A mail to begin with, in small. */
export function TemplateCard({ name, text, source, onOpen, menu, disabled }: Props) {
  return (
    <li className={classes.card}>
      <Thumbnail source={source} />
      <div className={classes.facts}>
        <button type="button" className={classes.open} onClick={onOpen} disabled={disabled}>
          {name}
        </button>
        {text && <span className={classes.text}>{text}</span>}
      </div>
      {menu && <div className={classes.menu}>{menu}</div>}
    </li>
  );
}
