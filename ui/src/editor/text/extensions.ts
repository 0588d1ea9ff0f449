import { Mark, mergeAttributes, Node, type AnyExtension } from '@tiptap/core';
import { Bold } from '@tiptap/extension-bold';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Italic } from '@tiptap/extension-italic';
import { Link } from '@tiptap/extension-link';
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Strike } from '@tiptap/extension-strike';
import { Text } from '@tiptap/extension-text';
import { Underline } from '@tiptap/extension-underline';
import { Placeholder } from '@tiptap/extensions';
import { readMerge, type MergeTag } from '../model/merge';
import { stylesOf } from '../model/richtext';
import classes from './Text.module.css';

/** A merge tag: a chip with what it is called and what stands there without a value. */
function merge(label: (tag: MergeTag) => string): AnyExtension {
  return Node.create({
    name: 'merge',
    group: 'inline',
    inline: true,
    atom: true,
    selectable: true,
    addAttributes: () => ({ expression: { default: '' } }),
    parseHTML: () => [{ tag: 'span[data-merge]', getAttrs: (element) => ({ expression: element.getAttribute('data-merge') ?? '' }) }],
    renderHTML: ({ node }) => ['span', { 'data-merge': String(node.attrs.expression) }, `{{ ${String(node.attrs.expression)} }}`],
    renderText: ({ node }) => `{{ ${String(node.attrs.expression)} }}`,
    addNodeView: () => ({ node }) => {
      const tag = readMerge(String(node.attrs.expression));
      const dom = document.createElement('span');
      dom.className = classes.chip ?? '';
      dom.dataset.merge = tag.expression;
      dom.textContent = label(tag);
      if (tag.fallback) {
        const fallback = dom.appendChild(document.createElement('span'));
        fallback.className = classes.fallback ?? '';
        fallback.textContent = tag.fallback;
      }
      return { dom };
    },
  });
}

const Styled = Mark.create({
  name: 'styled',
  addAttributes: () => ({ style: { default: '' } }),
  parseHTML: () => [
    {
      tag: 'span[style]',
      getAttrs: (element) => {
        const style = Object.entries(stylesOf(element.style.cssText)).filter(([name]) => name.includes('color'));
        return style.length > 0 ? { style: style.map((pair) => pair.join(':')).join(';') } : false;
      },
    },
  ],
  renderHTML: ({ HTMLAttributes }) => ['span', mergeAttributes(HTMLAttributes), 0],
});

function tagMark(name: string, tag: string): AnyExtension {
  return Mark.create({ name, parseHTML: () => [{ tag }], renderHTML: () => [tag, 0] });
}

interface Options {
  label: (tag: MergeTag) => string;
  placeholder: string;
}

/** Paragraphs, lists, links and marks: what a text of a mail may have. */
export function richExtensions({ label, placeholder }: Options): AnyExtension[] {
  return [
    Document,
    Paragraph,
    Text,
    HardBreak,
    Link.configure({ openOnClick: false, autolink: false, linkOnPaste: true, isAllowedUri: () => true, HTMLAttributes: { target: null, rel: null, class: null } }),
    Styled,
    Bold,
    Italic,
    Underline,
    Strike,
    tagMark('code', 'code'),
    tagMark('superscript', 'sup'),
    tagMark('subscript', 'sub'),
    BulletList,
    OrderedList,
    ListItem,
    ListKeymap,
    merge(label),
    Placeholder.configure({ placeholder }),
  ];
}

/** Words with merge tags and nothing else; a new line is a line break. */
export function plainExtensions({ label, placeholder }: Options, lines: boolean): AnyExtension[] {
  const breaks = HardBreak.extend({ addKeyboardShortcuts: () => ({}) });
  const enter = Node.create({
    name: 'enter',
    addKeyboardShortcuts() {
      return { Enter: () => (lines ? this.editor.commands.setHardBreak() : true), 'Shift-Enter': () => (lines ? this.editor.commands.setHardBreak() : true) };
    },
  });
  return [Document.extend({ content: 'paragraph' }), Paragraph, Text, breaks, enter, merge(label), Placeholder.configure({ placeholder })];
}
