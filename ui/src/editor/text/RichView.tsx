import { createElement, Fragment, type CSSProperties, type ReactNode } from 'react';
import { readMerge } from '../model/merge';
import { stylesOf, type RichMark, type RichNode } from '../model/richtext';
import { useMergeLabel } from '../merge';
import classes from './Text.module.css';

const TAGS: Partial<Record<RichNode['type'], string>> = { paragraph: 'p', bulletList: 'ul', orderedList: 'ol', listItem: 'li' };
const MARKS: Partial<Record<RichMark['type'], string>> = { bold: 'strong', italic: 'em', underline: 'u', strike: 's', code: 'code', superscript: 'sup', subscript: 'sub' };

/** A text of a mail as it is read: made of elements one by one, so that nothing of it can be anything else. */
export function RichView({ doc }: { doc: RichNode }) {
  return <>{doc.content?.map((node, index) => <Piece key={index} node={node} />)}</>; // oxlint-disable-line react/no-array-index-key
}

function Piece({ node }: { node: RichNode }): ReactNode {
  const label = useMergeLabel();
  if (node.type === 'text') return marked(node.text, node.marks);
  if (node.type === 'hardBreak') return <br />;
  if (node.type === 'merge') {
    const tag = readMerge(String(node.attrs?.expression ?? ''));
    return marked(
      <span className={classes.chip} data-merge={tag.expression}>
        {label(tag)}
        {tag.fallback && <span className={classes.fallback}>{tag.fallback}</span>}
      </span>,
      node.marks,
    );
  }
  // oxlint-disable-next-line react/no-array-index-key -- pieces have no names, and no state
  const inner = node.content?.map((one, index) => <Piece key={index} node={one} />);
  return createElement(TAGS[node.type] ?? Fragment, null, inner?.length ? inner : <br />);
}

function marked(inner: ReactNode, marks: RichMark[] = []): ReactNode {
  return [...marks].reverse().reduce<ReactNode>((shown, { type, attrs }) => {
    if (type === 'link') return <span className={classes.link}>{shown}</span>;
    if (type === 'styled') return <span style={reactStyle(attrs?.style ?? '')}>{shown}</span>;
    return createElement(MARKS[type] ?? 'span', null, shown);
  }, inner);
}

function reactStyle(style: string): CSSProperties {
  return Object.fromEntries(Object.entries(stylesOf(style)).map(([name, value]) => [name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value]));
}
