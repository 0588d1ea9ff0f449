import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { sendersQuery } from '~/api/sending';
import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text, TextInput, toast, useDisclosure } from '~/components';
import { insertAt, MergeMenu } from '~/editor/MergeMenu';
import { useFrame } from '~/frame/context';
import { IconCopy, IconEdit, IconTemplate, IconTrash } from '~/icons';
import { TemplatePicker } from '~/templates/TemplatePicker';
import { Look } from '../templates/Look';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { bodyOf, written, type AbKind, type VariantDraft } from './draft';

interface Props {
  n: number;
  variant: VariantDraft;
  kinds: AbKind[];
  onChange: (variant: VariantDraft) => void;
  onRemove?: () => void;
}

/** One variant of a test: what is asked for depends on what varies. */
export function VariantFields({ n, variant, kinds, onChange, onRemove }: Props) {
  const { t } = useTranslation();
  const { saving } = useEditing();
  const heading = useId();
  const place = `ab.variants[${n - 1}]`;
  const fault = (field: string) => saving.faults[`${place}.${field}`];
  const atFields = ['sender_id', 'delay_minutes', 'subject', 'preheader'].map((field) => `${place}.${field}`);
  const wrong = Object.entries(saving.faults).filter(([field]) => (field === place || field.startsWith(`${place}.`)) && !atFields.includes(field));
  const set = (part: Partial<VariantDraft>) => onChange({ ...variant, ...part });
  return (
    <div role="group" aria-labelledby={heading} className={classes.variant}>
      <Group justify="space-between" gap="xs" mih={30}>
        <Text size="sm" fw={600} id={heading}>
          {t('ab.variant', { n })}
        </Text>
        {onRemove && (
          <ActionIcon size="md" aria-label={t('ab.remove_variant', { n })} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <Stack gap="sm">
        {kinds.includes('subject') && <Lines n={n} variant={variant} fault={fault} set={set} />}
        {kinds.includes('sender') && <Sender n={n} variant={variant} error={fault('sender_id')} set={set} />}
        {kinds.includes('content') && <Content n={n} variant={variant} set={set} />}
        {kinds.includes('time') && (
          <NumberInput
            size="sm"
            label={t('ab.variant_time', { n })}
            min={0}
            allowDecimal={false}
            allowNegative={false}
            suffix={` ${t('review.minutes')}`}
            value={variant.delay_minutes}
            error={fault('delay_minutes')}
            onChange={(value) => set({ delay_minutes: typeof value === 'number' ? value : 0 })}
          />
        )}
        {wrong.length > 0 && (
          <Text size="sm" c="var(--bad)" role="status">
            {wrong.map(([, message]) => message).join(' ')}
          </Text>
        )}
      </Stack>
    </div>
  );
}

interface FieldProps {
  n: number;
  variant: VariantDraft;
  set: (part: Partial<VariantDraft>) => void;
}

/** What the inbox shows. */
function Lines({ n, variant, fault, set }: FieldProps & { fault: (field: string) => string | undefined }) {
  const { t } = useTranslation();
  const { draft } = useEditing();
  const subject = useRef<HTMLInputElement>(null);
  return (
    <>
      <TextInput
        ref={subject}
        label={t('ab.variant_subject', { n })}
        placeholder={draft.subject || t('ab.as_campaign')}
        autoComplete="off"
        value={variant.subject}
        error={fault('subject')}
        onChange={({ currentTarget: { value } }) => set({ subject: value })}
        rightSection={
          <MergeMenu field={t('ab.variant_subject', { n })} onPick={(text) => insertAt(subject.current, variant.subject, text, (value) => set({ subject: value }))} />
        }
      />
      <TextInput
        label={t('ab.variant_preheader', { n })}
        placeholder={draft.preheader || t('ab.as_campaign')}
        autoComplete="off"
        value={variant.preheader}
        error={fault('preheader')}
        onChange={({ currentTarget: { value } }) => set({ preheader: value })}
      />
    </>
  );
}

const AS_CAMPAIGN = 'campaign';

function Sender({ n, variant, error, set }: FieldProps & { error: string | undefined }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const senders = useQuery({ ...sendersQuery, enabled: can('settings:read'), retry: false });
  const { campaign } = useEditing();
  // Whoever may not read the settings still sees whom it is from.
  const now = campaign.ab?.variants[n - 1]?.sender;
  const known = senders.data ?? (now ? [now] : []);
  return (
    <Select
      label={t('ab.variant_sender', { n })}
      description={senders.isSuccess && known.length === 0 ? t('ab.no_senders') : undefined}
      data={[{ value: AS_CAMPAIGN, label: t('ab.as_campaign') }, ...known.map(({ id, name, email }) => ({ value: id, label: `${name} <${email}>` }))]}
      allowDeselect={false}
      value={variant.sender_id ?? AS_CAMPAIGN}
      error={error}
      onChange={(value) => value && set({ sender_id: value === AS_CAMPAIGN ? null : value })}
    />
  );
}

/** The text of a variant begins as a template or as the campaign's mail, and is changed in the editor. */
function Content({ n, variant, set }: FieldProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { campaign, draft, flush } = useEditing();
  const [choosing, gallery] = useDisclosure(false);
  const [looking, look] = useDisclosure(false);
  const { content } = variant;
  const edit = async () => {
    if (await flush()) await navigate({ to: '/campaigns/$id/design', params: { id: campaign.id }, search: { variant: n } });
    else toast.problem(t('edit.refused'));
  };
  return (
    <div role="group" aria-label={t('ab.variant_content', { n })}>
      <Text size="sm" fw={500}>
        {t('ab.variant_content', { n })}
      </Text>
      <Text size="xs" c="dimmed" mb={8}>
        {t(content === null ? 'ab.as_campaign' : 'ab.content_own')}
      </Text>
      <Group gap="xs">
        {content?.body.kind === 'blocks' && (
          <Button variant="default" leftSection={<IconEdit size={15} />} aria-label={t('ab.edit_content_of', { n })} onClick={() => void edit()}>
            {t('content.open_editor')}
          </Button>
        )}
        {content !== null && (
          <Button variant="default" aria-label={t('ab.look_at_content_of', { n })} onClick={look.open}>
            {t('ab.look_at_content')}
          </Button>
        )}
        {content === null && written(draft) && (
          <Button
            variant="default"
            leftSection={<IconCopy size={15} />}
            aria-label={t('ab.copy_content_of', { n })}
            onClick={() => set({ content: { subject: draft.subject, preheader: draft.preheader.trim() || null, body: bodyOf(draft) } })}
          >
            {t('ab.copy_content')}
          </Button>
        )}
        <Button variant="default" leftSection={<IconTemplate size={15} />} aria-label={t('ab.choose_content_of', { n })} onClick={gallery.open}>
          {t('ab.choose_content')}
        </Button>
        {content !== null && (
          <Button variant="subtle" aria-label={t('ab.content_as_campaign_of', { n })} onClick={() => set({ content: null })}>
            {t('ab.as_campaign')}
          </Button>
        )}
      </Group>
      <TemplatePicker
        opened={choosing}
        busy={false}
        onClose={gallery.close}
        onPick={(picked) => {
          gallery.close();
          set({ content: picked });
        }}
      />
      <Look looked={looking && content !== null ? { name: t('ab.variant', { n }), content } : null} busy={false} onClose={look.close} />
    </div>
  );
}
