import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { peopleQuery, previewQuery } from '~/api/sending';
import type { Finding } from '~/api/schema';
import { Card, EmptyState, ErrorState, MailFrame, ScrollRegion, SegmentedControl, Select, Skeleton, Stack, Text, useDebouncedValue } from '~/components';
import { useFrame } from '~/frame/context';
import { IconAlertTriangle, IconEye, IconInfoCircle } from '~/icons';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';

interface Props {
  /** Goes to where a finding is; without, findings are only shown. */
  onFinding?: (field: string, line: number, column: number) => void;
}

/** What the server makes of the saved content for one person. */
export function PreviewPane({ onFinding }: Props) {
  const { t } = useTranslation();
  const { campaign, saving, draft } = useEditing();
  const [person, setPerson] = useState<string | null>(null);
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop');
  const preview = useQuery({ ...previewQuery(campaign.id, saving.version, person ?? undefined), retry: false });
  const data = preview.data;
  const nothing = isProblem(preview.error, 'no_content') || (draft.kind === 'html' ? draft.html : draft.text).trim() === '';
  const shown = view !== 'text' && data && data.html === null ? 'text' : view;

  return (
    <Card
      title={t('preview.title')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('preview.view')}
          value={shown}
          onChange={(value) => setView(value as typeof view)}
          data={[
            { value: 'desktop', label: t('mail.desktop'), disabled: data?.html === null },
            { value: 'phone', label: t('mail.phone'), disabled: data?.html === null },
            { value: 'text', label: t('mail.text') },
          ]}
        />
      }
    >
      <Stack gap="sm">
        <PersonPicker value={person} onChange={setPerson} />
        {nothing ? (
          <EmptyState icon={<IconEye size={22} />} title={t('preview.nothing')}>
            {t('preview.nothing_text')}
          </EmptyState>
        ) : (
          <>
            {preview.isError && !data && <ErrorState error={preview.error} retry={() => void preview.refetch()} />}
            {preview.isPending && <Skeleton h={480} />}
            {data && (
              <>
                <Findings findings={data.findings ?? []} onFinding={onFinding} />
                <div className={classes.inbox}>
                  <Text size="sm" fw={600} truncate>
                    {data.subject || t('preview.no_subject')}
                  </Text>
                  <Text size="xs" c="dimmed" truncate>
                    {data.preheader || '–'}
                  </Text>
                </div>
                {shown === 'text' || data.html === null ? (
                  <ScrollRegion label={t('mail.text')} maxHeight={640}>
                    <pre className={classes.plain}>{data.text}</pre>
                  </ScrollRegion>
                ) : (
                  <MailFrame html={data.html} device={shown} title={t('preview.frame')} />
                )}
              </>
            )}
          </>
        )}
      </Stack>
    </Card>
  );
}

function PersonPicker({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search, 200);
  const [chosenLabel, setChosenLabel] = useState('');
  // What stands in the field after a choice is no search.
  const people = useQuery({ ...peopleQuery(settled === chosenLabel ? '' : settled), enabled: can('audience:read') });
  if (!can('audience:read')) return null;
  const options = (people.data?.data ?? []).map(({ id, email, first_name, last_name }) => {
    const name = [first_name, last_name].filter(Boolean).join(' ');
    return { value: id, label: name ? `${name} <${email}>` : email };
  });
  if (value && !options.some((option) => option.value === value)) options.unshift({ value, label: chosenLabel });
  return (
    <Select
      label={t('preview.as')}
      placeholder={t('preview.as_nobody')}
      data={options}
      value={value}
      onChange={(id, option) => {
        setChosenLabel(option?.label ?? '');
        onChange(id);
      }}
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options: all }) => all}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('preview.as_nobody') }}
      nothingFoundMessage={t('preview.nobody_found')}
    />
  );
}

const PLACES = { subject: 'preview.in_subject', preheader: 'preview.in_preheader' } as const;

export function Findings({ findings, onFinding }: { findings: Finding[]; onFinding?: Props['onFinding'] }) {
  const { t } = useTranslation();
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
              {inside ? t('preview.in_line', { line }) : t(PLACES[field as keyof typeof PLACES] ?? 'preview.in_subject')}: {message}
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
