import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import type { Subscriber } from '~/api/schema';
import { Card } from '~/components';
import { useFormats } from '~/i18n/format';
import { fieldText } from '../list/columns';
import classes from './Person.module.css';

function List({ entries }: { entries: [string, ReactNode][] }) {
  return (
    <dl className={classes.list}>
      {entries.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value ?? '–'}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** What is known about a person. */
export function Facts({ person }: { person: Subscriber }) {
  const { t } = useTranslation();
  const format = useFormats();
  const fields = useQuery(fieldsQuery);
  const values = person.fields as Record<string, unknown>;
  return (
    <Card title={t('person.details')}>
      <List
        entries={[
          [t('subscriber.first_name'), person.first_name],
          [t('subscriber.last_name'), person.last_name],
          [t('subscriber.phone'), person.phone],
          [t('subscriber.language'), person.language],
          [t('subscriber.time_zone'), person.time_zone],
          [t('subscriber.score'), format.number(person.score)],
          [t('subscriber.last_activity'), person.last_activity_at ? format.ago(person.last_activity_at) : null],
          ...(fields.data ?? [])
            .filter((field) => field.visibility !== 'api_only')
            .map((field): [string, ReactNode] => [field.name, fieldText(t, format, field, values[field.key])]),
        ]}
      />
    </Card>
  );
}

/** On what ground a person gets mail. */
export function Consent({ person }: { person: Subscriber }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { consent } = person;
  return (
    <Card title={t('person.consent')}>
      <List
        entries={[
          [t('person.status_since'), format.dateTime(person.status_changed_at)],
          ...(person.status_reason ? [[t('person.reason'), person.status_reason] as [string, ReactNode]] : []),
          [t('person.consent_at'), consent ? format.dateTime(consent.at) : t('person.no_consent')],
          ...(consent
            ? ([
                [t('person.consent_source'), consent.source],
                [t('person.consent_text'), consent.text],
                [t('person.consent_ip'), consent.ip],
              ] as [string, ReactNode][])
            : []),
          [t('person.confirmed_at'), person.confirmed_at ? format.dateTime(person.confirmed_at) : null],
        ]}
      />
    </Card>
  );
}
