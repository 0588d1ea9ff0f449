import { useTranslation } from 'react-i18next';
import type { Field, FieldKind, ImportPreview, Options, PreviewColumn } from '~/api/schema';
import { Card, Select, Text } from '~/components';
import classes from './Import.module.css';

const STANDARD = ['email', 'first_name', 'last_name', 'phone', 'language', 'time_zone'] as const;
const IGNORE = 'ignore';
const NEW = 'new:';
const KINDS: FieldKind[] = ['text', 'number', 'date', 'boolean', 'dropdown'];
const SAMPLES = 3;

interface Props {
  preview: ImportPreview;
  options: Options;
  fields: Field[];
  busy: boolean;
  onChange: (options: Options) => void;
}

/** What each column of the file fills. Suggestions stand there already. */
export function MappingStep({ preview, options, fields, busy, onChange }: Props) {
  const { t } = useTranslation();
  const set = (column: PreviewColumn, value: string) => {
    const mapping = { ...options.mapping };
    if (value.startsWith(NEW)) {
      const kind = value.slice(NEW.length) as FieldKind;
      mapping[column.header] = { new_field: { kind, key: column.suggested_key, name: column.header } };
    } else {
      mapping[column.header] = value;
    }
    onChange({ ...options, mapping });
  };
  return (
    <Card title={t('import.columns')} flush>
      <Text size="sm" c="dimmed" px="md" pb="sm">
        {t('import.columns_hint')}
      </Text>
      <div className={classes.columns} aria-busy={busy}>
        {preview.columns.map((column, index) => {
          const samples = preview.rows.slice(0, SAMPLES).flatMap((row) => row.cells[index] || []);
          return (
            <div key={column.header} className={classes.column}>
              <div>
                <Text size="sm" fw={500}>
                  {column.header}
                </Text>
                {column.reason && (
                  <Text size="xs" c="dimmed">
                    {column.reason}
                  </Text>
                )}
              </div>
              <div className={classes.samples}>{samples.join(' · ')}</div>
              <Select
                aria-label={t('import.column_goes_to', { column: column.header })}
                data={choices(column)}
                value={current(column)}
                onChange={(value) => value && set(column, value)}
                allowDeselect={false}
                searchable
              />
            </div>
          );
        })}
      </div>
    </Card>
  );

  function current(column: PreviewColumn): string {
    const said = options.mapping?.[column.header];
    if (said && typeof said === 'object') return NEW + said.new_field.kind;
    return column.target ?? IGNORE;
  }

  function choices(column: PreviewColumn) {
    const kinds = [column.suggested_kind, ...KINDS.filter((kind) => kind !== column.suggested_kind && kind !== 'dropdown')];
    return [
      { group: t('import.person'), items: STANDARD.map((value) => ({ value: value as string, label: t(`subscriber.${value}`) })) },
      { group: t('nav.fields'), items: fields.map(({ key, name }) => ({ value: key, label: name })) },
      {
        group: t('import.new_field'),
        items: kinds.map((kind) => ({ value: NEW + kind, label: t('import.new_field_of', { kind: t(`fields.kind_${kind}`) }) })),
      },
      { group: t('import.otherwise'), items: [{ value: IGNORE, label: t('import.ignore') }] },
    ];
  }
}
