import { useTranslation } from 'react-i18next';
import { Stack, Title } from '~/components';
import { ICONS, isKnown } from '../model/catalog';
import { find } from '../model/tree';
import { useEditor } from '../store';
import { BlockSettings } from './BlockSettings';
import classes from './Inspector.module.css';
import { MailSettings } from './MailSettings';

/** What is chosen, and how it can be: a block, or the mail itself. */
export function Inspector() {
  const { t } = useTranslation();
  const document = useEditor((state) => state.history.present.document);
  const block = useEditor((state) => find(document, state.selected)?.block ?? null);
  const Icon = block && isKnown(block.type) ? ICONS[block.type] : null;
  return (
    <div className={classes.inspector} data-inspector>
      <Title order={2} className={classes.title}>
        {Icon && <Icon size={16} aria-hidden />}
        {block ? (isKnown(block.type) ? t(`block.${block.type}`) : block.type) : t('editor.mail_settings')}
      </Title>
      <Stack gap="lg">{block ? <BlockSettings key={block.id} block={block} /> : <MailSettings />}</Stack>
    </div>
  );
}
