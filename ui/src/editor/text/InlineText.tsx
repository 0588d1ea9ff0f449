import { EditorContent, useEditor as useTiptap } from '@tiptap/react';
import { useContext, useEffect, useMemo, useRef, type CSSProperties } from 'react';
import { pageNonce } from '~/components';
import { labelOf, MergeNames } from '../merge';
import { parsePlain, parseRich, writePlain, writeRich, type RichNode } from '../model/richtext';
import type { Block } from '../model/types';
import { focusBlock, useActions, useEditor, useEditorStore } from '../store';
import { plainExtensions, richExtensions } from './extensions';
import { RichView } from './RichView';
import classes from './Text.module.css';

interface Props {
  block: Block;
  /** The property that holds the text. */
  field: string;
  /** With marks, links and lists; or words, of one line or of several. */
  mode: 'rich' | 'lines' | 'line';
  /** What it is, for screen readers. */
  label: string;
  placeholder: string;
  style?: CSSProperties;
}

/** A text on the canvas: it is read, and written where it stands as soon as it is clicked. */
export function InlineText(props: Props) {
  const { block, field, mode, placeholder, style } = props;
  const actions = useActions();
  const writing = useEditor((state) => state.writing?.block === block.id && state.writing.field === field);
  const value = String(block.props[field] ?? '');
  const doc = useMemo(() => parse(value, mode), [value, mode]);
  if (writing) return <TextEditor {...props} />;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- by keyboard it is Enter on the block
    <div
      className={classes.rich}
      style={style}
      onClick={(event) => {
        event.stopPropagation();
        actions.write(block.id, field, { x: event.clientX, y: event.clientY });
      }}
    >
      {value === '' ? <span className={classes.placeholder}>{placeholder}</span> : <RichView doc={doc} />}
    </div>
  );
}

function parse(value: string, mode: Props['mode']): RichNode {
  return mode === 'rich' ? parseRich(value) : parsePlain(value);
}

function TextEditor({ block, field, mode, label, placeholder, style }: Props) {
  const store = useEditorStore();
  const { actions } = store;
  const names = useContext(MergeNames);
  const value = String(block.props[field] ?? '');
  const written = useRef(value);
  const editor = useTiptap(
    {
      extensions: (mode === 'rich' ? richExtensions : (options: Parameters<typeof plainExtensions>[0]) => plainExtensions(options, mode === 'lines'))({
        label: (tag) => labelOf(names, tag),
        placeholder,
      }),
      content: parse(value, mode),
      injectNonce: pageNonce(),
      editorProps: {
        attributes: { role: 'textbox', 'aria-label': label, 'aria-multiline': String(mode !== 'line'), class: classes.editing ?? '' },
        handleKeyDown: (_, event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            actions.stopWriting();
            focusBlock(block.id);
            return true;
          }
          if (event.altKey && event.key === 'F10') {
            document.querySelector<HTMLElement>('[data-text-bar] button')?.focus();
            return true;
          }
          return false;
        },
      },
      onUpdate: ({ editor: changed }) => {
        const json = changed.getJSON() as RichNode;
        written.current = mode === 'rich' ? writeRich(json) : writePlain(json);
        actions.setProps(block.id, { [field]: written.current });
      },
    },
    [names, mode, block.id, field],
  );

  useEffect(() => {
    store.setState({ textEditor: editor });
    const { writing } = store.getState();
    const found = writing?.x === undefined ? null : editor.view.posAtCoords({ left: writing.x, top: writing.y! });
    editor.commands.focus(found ? found.pos : 'end', { scrollIntoView: false });
    return () => {
      if (store.getState().textEditor === editor) store.setState({ textEditor: null });
    };
  }, [editor, store]);

  // Undone, or changed beside the text.
  useEffect(() => {
    if (value === written.current) return;
    written.current = value;
    const { from } = editor.state.selection;
    editor.commands.setContent(parse(value, mode), { emitUpdate: false });
    editor.commands.setTextSelection(Math.min(from, editor.state.doc.content.size));
  }, [editor, value, mode]);

  return <EditorContent editor={editor} style={style} onClick={(event) => event.stopPropagation()} />;
}
