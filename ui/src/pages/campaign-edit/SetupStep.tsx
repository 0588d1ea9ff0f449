import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { sendersQuery } from '~/api/sending';
import { Card, Group, Select, Stack, TextInput } from '~/components';
import { useFrame } from '~/frame/context';
import { AbCard } from './AbCard';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { EmojiMenu } from '~/editor/EmojiMenu';
import { insertAt, MergeMenu } from '~/editor/MergeMenu';

const OWN = 'own';

export function SetupStep() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { draft, change, fault } = useEditing();
  const senders = useQuery({ ...sendersQuery, enabled: can('settings:read'), retry: false });
  const subject = useRef<HTMLInputElement>(null);
  const preheader = useRef<HTMLInputElement>(null);
  const known = senders.data ?? [];
  const bySender = draft.sender_id !== null;

  return (
    <Stack gap="md" className={classes.form}>
      <Card title={t('setup_step.campaign')}>
        <TextInput
          label={t('campaigns.name')}
          description={t('campaigns.name_hint')}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={fault('name')}
          autoComplete="off"
        />
      </Card>
      <Card title={t('setup_step.inbox')}>
        <Stack gap="md">
          <TextInput
            ref={subject}
            label={t('setup_step.subject')}
            description={t('setup_step.subject_hint', { count: draft.subject.length })}
            value={draft.subject}
            onChange={(event) => change({ subject: event.currentTarget.value })}
            error={fault('content.subject')}
            autoComplete="off"
            rightSectionWidth={68}
            rightSection={
              <Insert field={t('setup_step.subject')} onPick={(text) => insertAt(subject.current, draft.subject, text, (value) => change({ subject: value }))} />
            }
          />
          <TextInput
            ref={preheader}
            label={t('setup_step.preheader')}
            description={t('setup_step.preheader_hint')}
            value={draft.preheader}
            onChange={(event) => change({ preheader: event.currentTarget.value })}
            error={fault('content.preheader')}
            autoComplete="off"
            rightSectionWidth={68}
            rightSection={
              <Insert field={t('setup_step.preheader')} onPick={(text) => insertAt(preheader.current, draft.preheader, text, (value) => change({ preheader: value }))} />
            }
          />
        </Stack>
      </Card>
      <AbCard />
      <Card title={t('setup_step.from')}>
        <Stack gap="md">
          {known.length > 0 && (
            <Select
              label={t('setup_step.sender')}
              data={[
                ...known.map(({ id, name, email }) => ({ value: id, label: `${name} <${email}>` })),
                { value: OWN, label: t('setup_step.own_sender') },
              ]}
              value={draft.sender_id ?? OWN}
              onChange={(value) => value && change({ sender_id: value === OWN ? null : value })}
              allowDeselect={false}
              error={fault('sender_id')}
            />
          )}
          {!bySender && (
            <>
              <div className={classes.pair}>
                <TextInput
                  label={t('setup_step.sender_name')}
                  value={draft.sender_name}
                  onChange={(event) => change({ sender_name: event.currentTarget.value })}
                  error={fault('sender_name')}
                />
                <TextInput
                  label={t('setup_step.sender_email')}
                  type="email"
                  value={draft.sender_email}
                  onChange={(event) => change({ sender_email: event.currentTarget.value })}
                  error={fault('sender_email')}
                />
              </div>
              <TextInput
                label={t('setup_step.reply_to')}
                description={t('setup_step.reply_to_hint')}
                type="email"
                value={draft.reply_to}
                onChange={(event) => change({ reply_to: event.currentTarget.value })}
                error={fault('reply_to')}
              />
            </>
          )}
        </Stack>
      </Card>
    </Stack>
  );
}

/** What can be put into a line. */
function Insert({ field, onPick }: { field: string; onPick: (text: string) => void }) {
  return (
    <Group gap={2} wrap="nowrap">
      <EmojiMenu field={field} onPick={onPick} />
      <MergeMenu field={field} onPick={onPick} />
    </Group>
  );
}
