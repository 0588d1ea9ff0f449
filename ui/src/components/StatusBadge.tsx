import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';

export type BadgeTone = 'good' | 'bad' | 'warn' | 'active' | 'quiet';

const COLORS: Record<BadgeTone, string> = { good: 'green', bad: 'red', warn: 'orange', active: 'iris', quiet: 'gray' };

/** A state as a word on a color; the word alone tells it too. */
export function StatusBadge({ tone, children }: { tone: BadgeTone; children: ReactNode }) {
  return (
    <Badge color={COLORS[tone]} size="md" style={{ flex: 'none' }}>
      {children}
    </Badge>
  );
}
