import { createContext } from 'react';
import type { Block } from './model/types';

/** What the editor cannot do alone: it depends on what the mail is for. */
export interface Host {
  /** Asks for a name and keeps a copy of a block for other mails. */
  keepBlock?: (block: Block) => void;
}

export const HostContext = createContext<Host>({});
