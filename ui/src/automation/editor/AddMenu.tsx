import { useTranslation } from 'react-i18next';
import { ActionIcon, Menu, ScrollArea } from '~/components';
import { IconPlus } from '~/icons';
import { STEP_KINDS, type StepSection } from '../model/catalog';
import { StepIcon } from './icons';
import classes from './Automation.module.css';

const SECTIONS = Object.keys(STEP_KINDS) as StepSection[];

/** Adds a step at a place; `where` says which, for those who do not see it. */
export function AddMenu({ where, onAdd }: { where: string; onAdd: (kind: string) => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom" width={290} returnFocus={false} keepMounted={false}>
      <Menu.Target>
        <ActionIcon className={classes.plus} radius="xl" size={26} variant="default" aria-label={t('automation.add_at', { where })}>
          <IconPlus size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={380} type="auto">
          {SECTIONS.map((section) => [
            <Menu.Label key={section}>{t(`automation.section_${section}`)}</Menu.Label>,
            ...STEP_KINDS[section].map((kind) => (
              <Menu.Item key={kind} leftSection={<StepIcon kind={kind} size={15} />} onClick={() => onAdd(kind)}>
                {t(`step_kind.${kind}`)}
              </Menu.Item>
            )),
          ])}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
