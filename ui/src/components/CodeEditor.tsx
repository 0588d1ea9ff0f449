import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { html } from '@codemirror/lang-html';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Annotation, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react';
import { pageNonce } from './mail';

export interface CodeHandle {
  /** Puts a text where the cursor is. */
  insert(text: string): void;
  /** Chooses the character at a line and column, both from 1. */
  go(line: number, column: number): void;
}

interface Props {
  ref?: Ref<CodeHandle>;
  value: string;
  onChange: (value: string) => void;
  label: string;
  describedBy?: string;
  minHeight?: number;
}

// All pass 4.5 to 1 on both grounds.
const COLORS = HighlightStyle.define([
  { tag: tags.tagName, color: 'light-dark(#2057b3, #8fbcf8)' },
  { tag: [tags.attributeName, tags.propertyName], color: 'light-dark(#5a4fc4, #aca5ea)' },
  { tag: [tags.attributeValue, tags.string], color: 'light-dark(#0e7a4c, #79dbab)' },
  { tag: [tags.comment, tags.meta], color: 'light-dark(#5f5f6c, #a2a3b0)' },
  { tag: [tags.keyword, tags.number, tags.color], color: 'light-dark(#9d4e0a, #f8b067)' },
  { tag: tags.invalid, color: 'light-dark(#b42626, #f49c9c)' },
]);

const LOOK = EditorView.theme({
  '&': { fontSize: '0.8125rem', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--dim)', borderInlineEnd: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--hover) 70%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'light-dark(#cbc7f3, #352f60)' },
  '.cm-matchingBracket': { backgroundColor: 'light-dark(#e5e3fa, #2c2850)' },
});

/** A change that came from outside, and need not be told there. */
const outside = Annotation.define<boolean>();

/** Code in colors. Tab leaves it, as it leaves every field. Loaded when it is needed. */
export default function CodeEditor({ ref, value, onChange, label, describedBy, minHeight = 420 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const told = useRef(onChange);
  const first = useRef(value);
  useEffect(() => {
    told.current = onChange;
  }, [onChange]);

  useEffect(() => {
    const made = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          html({ autoCloseTags: true }),
          syntaxHighlighting(COLORS),
          EditorView.lineWrapping,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          LOOK,
          EditorView.contentAttributes.of({
            'aria-label': label,
            'aria-multiline': 'true',
            spellcheck: 'false',
            autocapitalize: 'off',
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.annotation(outside))) told.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      first.current = made.state.doc.toString();
      made.destroy();
    };
  }, [label]);

  // Not of the editor: what describes it comes and goes while one types.
  useEffect(() => {
    const content = view.current?.contentDOM;
    if (describedBy) content?.setAttribute('aria-describedby', describedBy);
    else content?.removeAttribute('aria-describedby');
  }, [describedBy]);

  useEffect(() => {
    const now = view.current;
    if (!now || now.state.doc.toString() === value) return;
    now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value }, annotations: outside.of(true) });
  }, [value]);

  useImperativeHandle(ref, () => ({
    insert(text) {
      const now = view.current;
      if (!now) return;
      now.dispatch(now.state.replaceSelection(text), { scrollIntoView: true });
      setTimeout(() => now.focus(), 60);
    },
    go(line, column) {
      const now = view.current;
      if (!now) return;
      const found = now.state.doc.line(Math.min(Math.max(line, 1), now.state.doc.lines));
      const at = Math.min(found.from + column - 1, found.to);
      now.dispatch({ selection: { anchor: at, head: Math.min(at + 1, found.to) }, scrollIntoView: true });
      now.focus();
    },
  }));

  return <div ref={place} style={{ border: '1px solid var(--line-strong)', borderRadius: 8, overflow: 'hidden', minHeight }} />;
}
