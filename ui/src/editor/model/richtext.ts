/*
 * The inline HTML of a text and the tree that the text editor works on, and back, without the parser of the browser: the
 * policy of the page knows no style attributes, and what comes out is exactly what the server takes. Merge tags are
 * nodes of their own, which may stand anywhere in a text.
 */

export interface RichMark {
  type: 'link' | 'styled' | 'bold' | 'italic' | 'underline' | 'strike' | 'code' | 'superscript' | 'subscript';
  attrs?: Record<string, string>;
}

export interface RichNode {
  type: 'doc' | 'paragraph' | 'bulletList' | 'orderedList' | 'listItem' | 'text' | 'hardBreak' | 'merge';
  text?: string;
  attrs?: Record<string, unknown>;
  marks?: RichMark[];
  content?: RichNode[];
}

const TAG_MARKS: Record<string, RichMark['type']> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  s: 'strike',
  strike: 'strike',
  del: 'strike',
  code: 'code',
  sup: 'superscript',
  sub: 'subscript',
};

/** From the outermost; each text is written in this order, so that the same text is always the same HTML. */
const ORDER: RichMark['type'][] = ['link', 'styled', 'bold', 'italic', 'underline', 'strike', 'code', 'superscript', 'subscript'];
const MARK_TAGS: Record<RichMark['type'], string> = {
  link: 'a',
  styled: 'span',
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strike: 's',
  code: 'code',
  superscript: 'sup',
  subscript: 'sub',
};

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function decode(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

export function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\u00a0', '&nbsp;');
}

function encodeAttribute(text: string): string {
  return encode(text).replaceAll('"', '&quot;');
}

type Token =
  | { kind: 'text'; text: string }
  | { kind: 'merge'; expression: string }
  | { kind: 'open'; tag: string; attributes: Record<string, string>; closed: boolean }
  | { kind: 'close'; tag: string };

const TAG = /<(\/?)([a-z][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>/iy;
const ATTRIBUTE = /([a-z][\w-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const COMMENT = /<!--.*?-->/sy;
const MERGE = /\{\{(.*?)\}\}/sy;
const TEMPLATE = /\{[%#].*?[%#]\}/sy;

function tokens(html: string): Token[] {
  const found: Token[] = [];
  let text = '';
  let at = 0;
  const flush = () => {
    if (text) found.push({ kind: 'text', text: decode(text) });
    text = '';
  };
  const match = (expression: RegExp) => {
    expression.lastIndex = at;
    return expression.exec(html);
  };
  while (at < html.length) {
    const char = html[at];
    const merge = char === '{' ? match(MERGE) : null;
    const template = char === '{' && !merge ? match(TEMPLATE) : null;
    const comment = char === '<' ? match(COMMENT) : null;
    const tag = char === '<' && !comment ? match(TAG) : null;
    if (merge) {
      flush();
      found.push({ kind: 'merge', expression: decode(merge[1]!).trim() });
    } else if (tag) {
      flush();
      const name = tag[2]!.toLowerCase();
      const attributes: Record<string, string> = {};
      for (const [, key, double, single, bare] of tag[3]!.matchAll(ATTRIBUTE)) attributes[key!.toLowerCase()] = decode(double ?? single ?? bare ?? '');
      if (tag[1]) found.push({ kind: 'close', tag: name });
      else found.push({ kind: 'open', tag: name, attributes, closed: tag[4] === '/' });
    } else if (!comment) {
      text += template ? template[0] : char;
    }
    at += (merge ?? template ?? comment ?? tag)?.[0].length ?? 1;
  }
  flush();
  return found;
}

/** What may be seen of a style attribute. */
const STYLES = new Set(['color', 'background-color', 'font-size', 'font-family', 'font-weight', 'font-style', 'text-decoration', 'letter-spacing']);

export function stylesOf(style: string): Record<string, string> {
  const styles: Record<string, string> = {};
  for (const declaration of style.split(';')) {
    const [name = '', value = ''] = declaration.split(/:(.*)/s).map((part) => part.trim());
    if (STYLES.has(name.toLowerCase()) && value && !/url\(|expression|[<>{}\\]/i.test(value)) styles[name.toLowerCase()] = value;
  }
  return styles;
}

class Builder {
  readonly root: RichNode = { type: 'doc', content: [] };
  /** Lists and items that are open. */
  private readonly open: RichNode[] = [];
  private paragraph: RichNode | null = null;
  private readonly marks: { tag: string; mark: RichMark | null }[] = [];

  text(text: string): void {
    const clean = text.replace(/[ \t\r\n]+/g, ' ');
    if (!this.paragraph && clean.trim() === '') return;
    const into = this.inline();
    const last = into.at(-1);
    // As browsers do: no space at the beginning of a line, and never two.
    const spaced = !last || last.type === 'hardBreak' || (last.text ?? '').endsWith(' ');
    const shown = spaced ? clean.replace(/^ /, '') : clean;
    if (shown) into.push(this.marked({ type: 'text', text: shown }));
  }

  merge(expression: string): void {
    this.inline().push(this.marked({ type: 'merge', attrs: { expression } }));
  }

  start(tag: string, attributes: Record<string, string>, closed: boolean): void {
    if (tag === 'br') this.inline().push({ type: 'hardBreak' });
    else if (tag === 'p' || tag === 'div' || /^h[1-6]$/.test(tag)) {
      this.paragraph = null;
      this.inline();
    } else if (tag === 'ul' || tag === 'ol') this.list(tag);
    else if (tag === 'li') this.item();
    else if (!closed) this.marks.push({ tag, mark: markOf(tag, attributes) });
  }

  end(tag: string): void {
    if (tag === 'p' || tag === 'div' || /^h[1-6]$/.test(tag)) this.paragraph = null;
    else if (tag === 'ul' || tag === 'ol') this.up(['bulletList', 'orderedList']);
    else if (tag === 'li') this.up(['listItem']);
    else {
      const index = this.marks.findLastIndex((one) => one.tag === tag);
      if (index >= 0) this.marks.splice(index, 1);
    }
  }

  private inline(): RichNode[] {
    if (!this.paragraph) {
      const holder = this.holder();
      this.paragraph = { type: 'paragraph', content: [] };
      holder.content!.push(this.paragraph);
    }
    return this.paragraph.content!;
  }

  /** Where the next paragraph goes: lists hold items only. */
  private holder(): RichNode {
    const last = this.open.at(-1);
    if (!last) return this.root;
    if (last.type === 'listItem') return last;
    this.item();
    return this.open.at(-1)!;
  }

  private list(tag: string): void {
    this.paragraph = null;
    const list: RichNode = { type: tag === 'ul' ? 'bulletList' : 'orderedList', content: [] };
    const holder = this.holder();
    // An item begins with a paragraph.
    if (holder.type === 'listItem' && holder.content!.length === 0) holder.content!.push({ type: 'paragraph', content: [] });
    holder.content!.push(list);
    this.open.push(list);
  }

  private item(): void {
    if (this.open.at(-1)?.type === 'listItem') this.up(['listItem']);
    if (this.open.length === 0) this.list('ul');
    const item: RichNode = { type: 'listItem', content: [] };
    this.open.at(-1)!.content!.push(item);
    this.open.push(item);
    this.paragraph = null;
  }

  private up(types: RichNode['type'][]): void {
    const index = this.open.findLastIndex(({ type }) => types.includes(type));
    if (index >= 0) this.open.length = index;
    this.paragraph = null;
  }

  private marked(node: RichNode): RichNode {
    const marks: RichMark[] = [];
    for (const { mark } of this.marks) {
      if (!mark) continue;
      const same = marks.findIndex(({ type }) => type === mark.type);
      if (same >= 0 && mark.type === 'styled') marks[same] = { type: 'styled', attrs: { style: join(marks[same]!.attrs?.style, mark.attrs?.style) } };
      else if (same >= 0) marks[same] = mark;
      else marks.push(mark);
    }
    return marks.length > 0 ? { ...node, marks: sorted(marks) } : node;
  }
}

function join(outer = '', inner = ''): string {
  return cssOf({ ...stylesOf(outer), ...stylesOf(inner) });
}

export function cssOf(styles: Record<string, string>): string {
  return Object.entries(styles)
    .map(([name, value]) => `${name}:${value}`)
    .join(';');
}

function markOf(tag: string, attributes: Record<string, string>): RichMark | null {
  if (tag === 'a') return attributes.href === undefined ? null : { type: 'link', attrs: { href: attributes.href } };
  if (tag === 'span' || tag === 'font') {
    const style = cssOf(stylesOf(attributes.style ?? (attributes.color ? `color:${attributes.color}` : '')));
    return style ? { type: 'styled', attrs: { style } } : null;
  }
  const type = TAG_MARKS[tag];
  return type ? { type } : null;
}

function sorted(marks: RichMark[]): RichMark[] {
  return [...marks].sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}

export function parseRich(html: string): RichNode {
  const builder = new Builder();
  for (const token of tokens(html)) {
    if (token.kind === 'text') builder.text(token.text);
    else if (token.kind === 'merge') builder.merge(token.expression);
    else if (token.kind === 'open') builder.start(token.tag, token.attributes, token.closed);
    else builder.end(token.tag);
  }
  return tidy(builder.root);
}

/** Without spaces at the end of lines, and never empty: the text editor wants a paragraph to stand in. */
function tidy(node: RichNode): RichNode {
  if (node.type === 'paragraph') {
    const content: RichNode[] = [];
    let next: RichNode | null = null;
    for (const one of [...(node.content ?? [])].reverse()) {
      const end: boolean = !next || next.type === 'hardBreak';
      const text: string | undefined = one.type === 'text' && end ? one.text!.replace(/ $/, '') : one.text;
      if (one.type === 'text' && text === '') continue;
      next = one.type === 'text' ? { ...one, text } : one;
      content.unshift(next);
    }
    return { ...node, content };
  }
  const content = (node.content ?? []).map(tidy);
  if (content.length === 0 && (node.type === 'doc' || node.type === 'listItem')) content.push({ type: 'paragraph', content: [] });
  return node.content ? { ...node, content: content.filter((one) => !isList(one) || one.content!.length > 0) } : node;
}

function isList({ type }: RichNode): boolean {
  return type === 'bulletList' || type === 'orderedList';
}

export function writeRich(doc: RichNode): string {
  const blocks = doc.content ?? [];
  // One paragraph is a text without more ado.
  if (blocks.length === 1 && blocks[0]!.type === 'paragraph') return writeInline(blocks[0]!.content ?? []);
  return blocks.map(writeBlock).join('');
}

function writeBlock(node: RichNode): string {
  const inner = node.content ?? [];
  if (node.type === 'paragraph') return `<p>${writeInline(inner) || '<br />'}</p>`;
  if (isList(node)) {
    const tag = node.type === 'bulletList' ? 'ul' : 'ol';
    return `<${tag}>${inner.map(writeItem).join('')}</${tag}>`;
  }
  return '';
}

function writeItem({ content = [] }: RichNode): string {
  const [first, ...rest] = content;
  const only = first?.type === 'paragraph' && rest.every(isList);
  return `<li>${only ? writeInline(first.content ?? []) + rest.map(writeBlock).join('') : content.map(writeBlock).join('')}</li>`;
}

function writeInline(nodes: RichNode[]): string {
  let html = '';
  let open: RichMark[] = [];
  const closeTo = (depth: number) => {
    for (const mark of open.slice(depth).reverse()) html += `</${MARK_TAGS[mark.type]}>`;
    open = open.slice(0, depth);
  };
  for (const node of nodes) {
    const marks = node.type === 'hardBreak' ? sorted(node.marks ?? []).filter((mark, index) => sameMark(mark, open[index])) : sorted(node.marks ?? []);
    let depth = 0;
    while (depth < open.length && sameMark(open[depth], marks[depth])) depth += 1;
    closeTo(depth);
    for (const mark of marks.slice(depth)) html += openTag(mark);
    open = marks;
    if (node.type === 'text') html += encode(node.text ?? '');
    else if (node.type === 'hardBreak') html += '<br />';
    else if (node.type === 'merge') html += `{{ ${encode(String(node.attrs?.expression ?? ''))} }}`;
  }
  closeTo(0);
  return html;
}

function openTag({ type, attrs }: RichMark): string {
  if (type === 'link') return `<a href="${encodeAttribute(attrs?.href ?? '')}">`;
  if (type === 'styled') return `<span style="${encodeAttribute(attrs?.style ?? '')}">`;
  return `<${MARK_TAGS[type]}>`;
}

function sameMark(a: RichMark | undefined, b: RichMark | undefined): boolean {
  return a !== undefined && b !== undefined && a.type === b.type && JSON.stringify(a.attrs ?? {}) === JSON.stringify(b.attrs ?? {});
}

/** A plain text with merge tags, whose line breaks are line breaks, such as a heading. */
export function parsePlain(text: string): RichNode {
  const content: RichNode[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) content.push({ type: 'hardBreak' });
    let from = 0;
    for (const match of line.matchAll(/\{\{(.*?)\}\}/g)) {
      if (match.index > from) content.push({ type: 'text', text: line.slice(from, match.index) });
      content.push({ type: 'merge', attrs: { expression: match[1]!.trim() } });
      from = match.index + match[0].length;
    }
    if (from < line.length) content.push({ type: 'text', text: line.slice(from) });
  }
  return { type: 'doc', content: [{ type: 'paragraph', content }] };
}

export function writePlain(doc: RichNode): string {
  return (doc.content ?? [])
    .map(({ content = [] }) =>
      content.map((node) => (node.type === 'text' ? node.text : node.type === 'merge' ? `{{ ${String(node.attrs?.expression)} }}` : '\n')).join(''),
    )
    .join('\n');
}
