import { createContext, useContext } from 'react';
import type { Campaign } from '~/api/schema';
import type { Draft, Saving } from './draft';

/** The campaign that is written, for all steps of the wizard. */
export interface Editing {
  campaign: Campaign;
  saving: Saving;
  draft: Draft;
  change(change: Partial<Draft>): void;
  flush(): Promise<boolean>;
  /** What the server says about a field, if it refused it. */
  fault(field: string): string | undefined;
}

export const EditingContext = createContext<Editing | null>(null);

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error('outside the wizard');
  return editing;
}
