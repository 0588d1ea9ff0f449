import type { Editor } from '@tiptap/core';
import { useEditorState } from '@tiptap/react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, Button, ColorInput, Group, Popover, Stack, TextInput, Tooltip } from '~/components';
import { IconBold, IconClearFormatting, IconItalic, IconLink, IconList, IconListNumbers, IconPalette, IconStrikethrough, IconUnderline, IconUnlink } from '~/icons';
import { insertAt, MergeMenu } from '../MergeMenu';
import { readMerge, writeMerge } from '../model/merge';
import { cssOf, stylesOf } from '../model/richtext';
import { withScheme } from './address';
import classes from './Text.module.css';

/** What can be done with the text that is written. */
export function TextBar({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const state = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      rich: now.schema.marks.bold !== undefined,
      bold: now.isActive('bold'),
      italic: now.isActive('italic'),
      underline: now.isActive('underline'),
      strike: now.isActive('strike'),
      bullets: now.isActive('bulletList'),
      numbers: now.isActive('orderedList'),
      link: now.isActive('link'),
      href: String(now.getAttributes('link').href ?? ''),
      style: String(now.getAttributes('styled').style ?? ''),
      merge: now.isActive('merge') ? String(now.getAttributes('merge').expression ?? '') : null,
    }),
  });
  const chain = () => editor.chain().focus();

  return (
    <div role="toolbar" aria-label={t('editor.text_tools')} className={classes.bar} data-text-bar>
      {state.rich && (
        <>
          <Tool label={t('editor.bold')} on={state.bold} act={() => chain().toggleMark('bold').run()}>
            <IconBold size={17} />
          </Tool>
          <Tool label={t('editor.italic')} on={state.italic} act={() => chain().toggleMark('italic').run()}>
            <IconItalic size={17} />
          </Tool>
          <Tool label={t('editor.underline')} on={state.underline} act={() => chain().toggleMark('underline').run()}>
            <IconUnderline size={17} />
          </Tool>
          <Tool label={t('editor.strike')} on={state.strike} act={() => chain().toggleMark('strike').run()}>
            <IconStrikethrough size={17} />
          </Tool>
          <ColorTool editor={editor} style={state.style} />
          <span className={classes.rule} />
          <Tool label={t('editor.bullets')} on={state.bullets} act={() => chain().toggleList('bulletList', 'listItem').run()}>
            <IconList size={17} />
          </Tool>
          <Tool label={t('editor.numbers')} on={state.numbers} act={() => chain().toggleList('orderedList', 'listItem').run()}>
            <IconListNumbers size={17} />
          </Tool>
          <LinkTool editor={editor} href={state.href} on={state.link} />
          <Tool label={t('editor.clear_marks')} act={() => chain().unsetAllMarks().run()}>
            <IconClearFormatting size={17} />
          </Tool>
          <span className={classes.rule} />
        </>
      )}
      <MergeMenu
        words
        field={t('editor.the_text')}
        onPick={(text) => {
          const expression = text.replace(/^\{\{\s*|\s*\}\}$/g, '');
          chain().insertContent({ type: 'merge', attrs: { expression } }).run();
        }}
      />
      {state.merge !== null && <Fallback editor={editor} expression={state.merge} />}
    </div>
  );
}

function Tool({ label, on, act, children }: { label: string; on?: boolean; act: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        className={classes.tool}
        aria-label={label}
        aria-pressed={on}
        // The selection in the text stays what it is.
        onMouseDown={(event) => event.preventDefault()}
        onClick={act}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function ColorTool({ editor, style }: { editor: Editor; style: string }) {
  const { t } = useTranslation();
  const { color = '', ...rest } = stylesOf(style);
  const set = (value: string) => {
    const css = cssOf(value ? { ...rest, color: value } : rest);
    const chain = editor.chain();
    (css ? chain.setMark('styled', { style: css }) : chain.unsetMark('styled')).run();
  };
  return (
    <Popover position="bottom-start" trapFocus shadow="md" withinPortal>
      <Tooltip label={t('editor.text_color')}>
        <Popover.Target>
          <ActionIcon className={classes.tool} aria-label={t('editor.text_color')} onMouseDown={(event) => event.preventDefault()}>
            <IconPalette size={17} />
          </ActionIcon>
        </Popover.Target>
      </Tooltip>
      <Popover.Dropdown>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <ColorInput
            label={t('editor.text_color')}
            size="xs"
            w={150}
            value={color}
            onChangeEnd={set}
            eyeDropperButtonProps={{ 'aria-label': t('editor.eye_dropper') }}
            popoverProps={{ withinPortal: false }}
          />
          <Button variant="default" onClick={() => set('')}>
            {t('editor.no_color')}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}

function LinkTool({ editor, href, on }: { editor: Editor; href: string; on: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState('');
  const [field, setField] = useState<HTMLInputElement | null>(null);
  const close = () => {
    setOpened(false);
    editor.commands.focus();
  };
  const apply = () => {
    const address = typed.trim();
    const chain = editor.chain().focus().extendMarkRange('link');
    if (!address) chain.unsetMark('link').run();
    else if (editor.state.selection.empty && !on) {
      chain.insertContent({ type: 'text', text: address, marks: [{ type: 'link', attrs: { href: withScheme(address) } }] }).run();
    } else chain.setMark('link', { href: withScheme(address) }).run();
    close();
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus shadow="md" withinPortal>
      <Tooltip label={t('editor.link')}>
        <Popover.Target>
          <ActionIcon
            className={classes.tool}
            aria-label={t('editor.link')}
            aria-pressed={on}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              setTyped(href);
              setOpened(!opened);
            }}
          >
            <IconLink size={17} />
          </ActionIcon>
        </Popover.Target>
      </Tooltip>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            apply();
          }}
        >
          <Stack gap="xs" w={300}>
            <Group gap={4} align="flex-end" wrap="nowrap">
              <TextInput
                ref={setField}
                flex={1}
                label={t('editor.link_to')}
                placeholder="https://"
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                data-autofocus
                autoComplete="off"
              />
              <MergeMenu field={t('editor.link_to')} onPick={(text) => insertAt(field, typed, text, setTyped)} />
            </Group>
            <Group justify="space-between">
              <Button
                variant="subtle"
                color="gray"
                leftSection={<IconUnlink size={15} />}
                disabled={!on}
                onClick={() => {
                  editor.chain().focus().extendMarkRange('link').unsetMark('link').run();
                  close();
                }}
              >
                {t('editor.unlink')}
              </Button>
              <Button type="submit">{t('editor.apply')}</Button>
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

/** What stands in the text when a person has no such value. */
function Fallback({ editor, expression }: { editor: Editor; expression: string }) {
  const { t } = useTranslation();
  const { name, fallback } = readMerge(expression);
  if (name === null) return null;
  return (
    <TextInput
      size="xs"
      w={190}
      aria-label={t('editor.fallback')}
      leftSectionWidth={78}
      leftSection={<span>{t('editor.without')}</span>}
      value={fallback ?? ''}
      onChange={(event) => {
        const { from } = editor.state.selection;
        editor.chain().updateAttributes('merge', { expression: writeMerge(name, event.currentTarget.value) }).setNodeSelection(from).run();
      }}
    />
  );
}
