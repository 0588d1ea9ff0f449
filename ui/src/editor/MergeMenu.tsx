import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import { ActionIcon, Button, Menu, ScrollArea, Tooltip } from '~/components';
import { useFrame } from '~/frame/context';
import { IconCode } from '~/icons';

interface Props {
  /** Gets the text to put in. */
  onPick: (text: string) => void;
  /** The field that it goes to, for screen readers. */
  field: string;
  /** As a button with words, beside a larger field. */
  words?: boolean;
}

/** What is put in for each person: standard names, the account's own fields, and pages. */
export function MergeMenu({ onPick, field, words }: Props) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const fields = useQuery({ ...fieldsQuery, enabled: can('audience:read') });
  const or = (name: string, otherwise: string) => `{{ ${name} | default(${JSON.stringify(otherwise)}) }}`;
  const person: [string, string][] = [
    [t('merge.first_name'), or('first_name', t('merge.there'))],
    [t('merge.last_name'), or('last_name', '')],
    [t('merge.email'), '{{ email }}'],
  ];
  const own: [string, string][] = (fields.data ?? []).map(({ name, key }) => [name, or(key, '')]);
  const rest: [string, string][] = [
    [t('merge.account_name'), '{{ account.name }}'],
    [t('merge.account_address'), '{{ account.address }}'],
    [t('merge.unsubscribe_url'), '{{ unsubscribe_url }}'],
    [t('merge.web_version_url'), '{{ web_version_url }}'],
  ];
  const items = (list: [string, string][]) =>
    list.map(([label, text]) => (
      <Menu.Item key={text} onClick={() => onPick(text)}>
        {label}
      </Menu.Item>
    ));
  const label = t('merge.insert_into', { field });

  return (
    <Menu position="bottom-end" width={240} returnFocus={false}>
      {words ? (
        <Menu.Target>
          <Button variant="default" leftSection={<IconCode size={15} />} aria-label={label}>
            {t('merge.insert')}
          </Button>
        </Menu.Target>
      ) : (
        <Tooltip label={t('merge.insert')}>
          <Menu.Target>
            <ActionIcon aria-label={label}>
              <IconCode size={17} />
            </ActionIcon>
          </Menu.Target>
        </Tooltip>
      )}
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={320} type="auto">
          <Menu.Label>{t('merge.person')}</Menu.Label>
          {items(person)}
          {own.length > 0 && <Menu.Label>{t('merge.fields')}</Menu.Label>}
          {items(own)}
          <Menu.Label>{t('merge.account')}</Menu.Label>
          {items(rest)}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Puts a text where the cursor of a field is, and the cursor behind it. */
export function insertAt(element: HTMLInputElement | HTMLTextAreaElement | null, value: string, text: string, change: (value: string) => void): void {
  const start = element?.selectionStart ?? value.length;
  const end = element?.selectionEnd ?? start;
  change(value.slice(0, start) + text + value.slice(end));
  const place = start + text.length;
  // After the field has the new text, and the closed menu has let go of the focus.
  setTimeout(() => {
    const active = document.activeElement;
    // Whoever is quicker types elsewhere already.
    if (active !== element && (active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement)) return;
    element?.focus();
    element?.setSelectionRange(place, place);
  }, 60);
}
