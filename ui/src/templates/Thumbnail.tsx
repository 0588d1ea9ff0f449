import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { renderQuery } from '~/api/content';
import type { Document } from '~/api/schema';
import { templateContentQuery } from '~/api/templates';
import { frameable, useElementSize } from '~/components';
import classes from './Templates.module.css';

const NOTHING: Document = { subject: '', body: { kind: 'text', text: '' } };

/** As wide as a mail is read on a desk. */
const WIDE_PX = 680;

/** A mail, or the template that has it. */
export type Source = { content: Document } | { template: string; version: number; variables: readonly string[] };

/** A mail in small, as the server makes it; asked for when it comes into sight. */
export function Thumbnail({ source }: { source: Source }) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: '200px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const own = 'template' in source ? source : null;
  const read = useQuery({ ...templateContentQuery(own?.template ?? '', own?.version ?? 0), enabled: seen && own !== null });
  const content = 'content' in source ? source.content : read.data;
  const shown = useQuery({ ...renderQuery(content ?? NOTHING, undefined, true, own?.variables), enabled: seen && content !== undefined });
  const html = shown.data?.html;
  const framed = useMemo(() => (html ? frameable(html, location.origin).document : null), [html]);
  return (
    <div ref={place} className={classes.thumb}>
      <div ref={ref} className={classes.measure}>
        {framed && width > 0 && (
          <iframe
            className={classes.frame}
            title={t('preview.frame')}
            sandbox=""
            tabIndex={-1}
            aria-hidden
            referrerPolicy="no-referrer"
            srcDoc={framed}
            style={{ width: WIDE_PX, height: `${(WIDE_PX * 100) / 78}px`, transform: `scale(${width / WIDE_PX})` }}
          />
        )}
        {shown.data && !html && <pre className={classes.plain}>{shown.data.text}</pre>}
      </div>
    </div>
  );
}
