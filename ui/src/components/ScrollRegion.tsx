import type { CSSProperties, ReactNode } from 'react';

interface Props {
  /** What it holds, for screen readers. */
  label: string;
  maxHeight?: number;
  className?: string;
  children: ReactNode;
}

/** What may be larger than its place: scrolls by itself, also by keyboard, and the page does not. */
export function ScrollRegion({ label, maxHeight, className, children }: Props) {
  // What is placed absolutely in it, such as words for screen readers, scrolls with it instead of widening the page.
  const style: CSSProperties = { overflow: 'auto', maxHeight, position: 'relative' };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WCAG 2.1.1: what scrolls has to be reached by keyboard
    <div role="region" tabIndex={0} aria-label={label} className={className} style={style}>
      {children}
    </div>
  );
}
