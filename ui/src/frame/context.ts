import { createContext, useContext } from 'react';
import type { Permission, Session } from '~/api/schema';

export interface FrameContext {
  session: Session;
  /** Whether the signed-in person may do this. What they may not do is not shown. */
  can(permission: Permission): boolean;
  openNavigation(): void;
}

export const FrameContext = createContext<FrameContext | null>(null);

export function useFrame(): FrameContext {
  const frame = useContext(FrameContext);
  if (!frame) throw new Error('outside the frame');
  return frame;
}
