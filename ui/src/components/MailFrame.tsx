import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './MailFrame.module.css';
import { frameable } from './mail';

interface Props {
  html: string;
  /** What is in it, for screen readers. */
  title: string;
  device: 'phone' | 'desktop';
  height?: number;
}

/**
 * A mail as a mail program shows it. Nothing in it runs: the frame is sandboxed without scripts and without our origin,
 * so that it cannot reach the session; links open beside the app.
 */
export function MailFrame({ html, title, device, height }: Props) {
  const { t } = useTranslation();
  const { document, pictures } = useMemo(() => frameable(html, location.origin), [html]);
  return (
    <div className={classes.stage} data-device={device}>
      <iframe
        className={classes.frame}
        title={title}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        srcDoc={document}
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
