import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { displayName, subscriberQuery } from '~/api/subscribers';
import { Button, ErrorState, Page, Skeleton, Stack, SubscriberStatus } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit } from '~/icons';
import { EditPerson } from './EditPerson';
import { Consent, Facts } from './Facts';
import { Memberships } from './Memberships';
import { PersonActions } from './PersonActions';
import classes from './Person.module.css';
import { Timeline } from './Timeline';

const route = getRouteApi('/_app/subscribers/$id');

export default function Person() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const { can } = useFrame();
  const format = useFormats();
  const person = useQuery(subscriberQuery(id));
  const [editing, setEditing] = useState(false);
  const back = { to: '/subscribers', label: t('nav.subscribers') };

  if (person.isError) {
    return (
      <Page title={t('subscriber.person')} back={back}>
        <ErrorState error={person.error} retry={() => void person.refetch()} />
      </Page>
    );
  }
  if (!person.data) {
    return (
      <Page title={t('subscriber.person')} subtitle=" " back={back}>
        <Skeleton h={320} />
      </Page>
    );
  }
  const one = person.data;
  const name = displayName(one);
  const since = t('person.since', { date: format.date(one.created_at), source: t(`source.${one.source}`) });
  return (
    <Page
      title={name}
      badge={<SubscriberStatus status={one.status} />}
      subtitle={name === one.email ? since : `${one.email} · ${since}`}
      back={back}
      actions={
        can('audience:write') && (
          <>
            <PersonActions person={one} />
            <Button leftSection={<IconEdit size={15} />} onClick={() => setEditing(true)}>
              {t('action.edit')}
            </Button>
          </>
        )
      }
    >
      <div className={classes.columns}>
        <Timeline id={id} />
        <Stack gap="md" className={classes.facts}>
          <Facts person={one} />
          <Memberships id={id} />
          <Consent person={one} />
        </Stack>
      </div>
      {editing && <EditPerson person={one} onClose={() => setEditing(false)} />}
    </Page>
  );
}
