import { useNavigate } from '@tanstack/react-router';
import { useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockDocument, Body } from '~/api/schema';
import { Button, Card, Group, toast, useDisclosure } from '~/components';
import { useBlankDocument } from '~/editor/blank';
import { IconCode, IconFileText, IconSquare, IconTemplate } from '~/icons';
import { TemplatePicker } from '~/templates/TemplatePicker';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import type { Draft } from './draft';
import { written } from './draft';

/** The ways to begin the mail of a campaign. */
export function StartChoices({ onBegun }: { onBegun: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const blank = useBlankDocument();
  const { campaign, draft, change, flush } = useEditing();
  const [choosing, gallery] = useDisclosure(false);
  const [busy, setBusy] = useState(false);

  /** Takes a body over; blocks go on in their editor. */
  const take = async (begin: Partial<Draft> & { body: Body }) => {
    setBusy(true);
    const { body } = begin;
    change({ ...begin, kind: body.kind, html: body.kind === 'html' ? body.html : '', text: body.text ?? '' });
    const saved = await flush();
    setBusy(false);
    gallery.close();
    if (!saved) toast.problem(t('edit.refused'));
    if (saved && body.kind === 'blocks') await navigate({ to: '/campaigns/$id/design', params: { id: campaign.id } });
    else onBegun();
  };

  const code = (kind: 'html' | 'text') => {
    change({ kind });
    onBegun();
  };

  return (
    <Card
      title={t('content.start')}
      aside={
        written(draft) && (
          <Button variant="subtle" size="compact-sm" onClick={onBegun}>
            {t('content.keep_mail')}
          </Button>
        )
      }
    >
      <div className={classes.choices}>
        <Choice icon={IconTemplate} title={t('content.from_template')} text={t('content.from_template_text')} act={gallery.open} first />
        <Choice
          icon={IconSquare}
          title={t('content.blank')}
          text={t('content.blank_text')}
          act={() => void take({ body: { kind: 'blocks', document: blank() as BlockDocument } })}
        />
        <Choice icon={IconCode} title={t('content.own_html')} text={t('content.own_html_text')} act={() => code('html')} />
        <Choice
          icon={IconCode}
          title={t('content.own_mjml')}
          text={t('content.own_mjml_text')}
          act={() => void take({ body: { kind: 'mjml', mjml: mjmlLetter(t('letter.heading'), t('letter.body')) } })}
        />
        <Choice icon={IconFileText} title={t('content.text_only')} text={t('content.text_only_text')} act={() => code('text')} />
      </div>
      <TemplatePicker
        opened={choosing}
        busy={busy}
        onClose={gallery.close}
        onPick={({ subject, preheader, body }) =>
          void take({
            body,
            // What was written already stays.
            ...(draft.subject.trim() === '' && subject ? { subject } : {}),
            ...(draft.preheader.trim() === '' && preheader ? { preheader } : {}),
          })
        }
      />
    </Card>
  );
}

/** As little as shows how it goes. */
function mjmlLetter(heading: string, text: string): string {
  return `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="24px">${heading}</mj-text>
        <mj-text>${text}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;
}

interface ChoiceProps {
  icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;
  title: string;
  text: string;
  act: () => void;
  first?: boolean;
}

function Choice({ icon: Icon, title, text, act, first }: ChoiceProps) {
  return (
    <button type="button" className={classes.choice} data-first={first || undefined} onClick={act}>
      <Group gap="xs">
        <Icon size={20} stroke={1.6} aria-hidden />
        <strong>{title}</strong>
      </Group>
      <span>{text}</span>
    </button>
  );
}
