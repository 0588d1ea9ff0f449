import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './MailFrame.module.css';
import { frameable } from './mail';
import { drawn, type Mark } from './marks';

interface Props {
  html: string;
  /** What is in it, for screen readers. */
  title: string;
  device: 'phone' | 'desktop';
  height?: number;
  /** What is drawn over its links. */
  marks?: readonly Mark[];
  /** As a mail program in the dark shows it. */
  dark?: boolean;
  /** As high as its place. */
  fill?: boolean;
}

/**
 * A mail as a mail program shows it. Nothing in it runs: the frame is sandboxed without scripts and without our origin,
 * so that it cannot reach the session; links open beside the app.
 */
export function MailFrame({ html, title, device, height, marks, dark = false, fill }: Props) {
  const { t } = useTranslation();
  const { document, pictures } = useMemo(() => frameable(html, location.origin, dark), [html, dark]);
  return (
    <div className={classes.stage} data-device={device} data-dark={dark || undefined} data-fill={fill || undefined}>
      <iframe
        className={classes.frame}
        title={title}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={marks ? drawn(document, marks) : document}
        style={height ? { height } : undefined}
      />
      {pictures > 0 && (
        <Text size="xs" c="dimmed" mt="xs">
          {t('mail.pictures', { count: pictures })}
        </Text>
      )}
    </div>
  );
}
