import { useTranslation } from 'react-i18next';
import type { Finding } from '~/api/schema';
import { IconAlertTriangle, IconInfoCircle } from '~/icons';
import classes from './Preview.module.css';

/** Where something is that the server found, in words. */
export function useFindingPlace(): (field: string, line: number) => string {
  const { t } = useTranslation();
  return (field, line) => {
    if (field.startsWith('body.document')) return t('preview.in_block');
    return field.startsWith('body.') ? t('preview.in_line', { line }) : t(PLACES[field as keyof typeof PLACES] ?? 'preview.in_subject');
  };
}

const PLACES = { subject: 'preview.in_subject', preheader: 'preview.in_preheader' } as const;

/** What is wrong with a mail; a press goes to where it is. */
export function Findings({ findings, onFinding }: { findings: Finding[]; onFinding?: (field: string, line: number, column: number) => void }) {
  const { t } = useTranslation();
  const place = useFindingPlace();
  if (findings.length === 0) return null;
  return (
    <ul className={classes.findings} aria-label={t('preview.findings')}>
      {findings.map((finding) => {
        const { field, line, column, severity, message, code } = finding;
        const inside = field.startsWith('body.');
        const Icon = severity === 'error' ? IconAlertTriangle : IconInfoCircle;
        const words = (
          <>
            <Icon size={16} aria-hidden color={severity === 'error' ? 'var(--bad)' : 'var(--warn)'} />
            <span>
              <strong>{severity === 'error' ? t('preview.error') : t('preview.hint')}</strong>{' '}
              {place(field, line)}: {message}
            </span>
          </>
        );
        return (
          <li key={`${field} ${line} ${column} ${code}`}>
            {onFinding && inside ? (
              <button type="button" className={classes.finding} onClick={() => onFinding(field, line, column)}>
                {words}
              </button>
            ) : (
              <div className={classes.finding}>{words}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
