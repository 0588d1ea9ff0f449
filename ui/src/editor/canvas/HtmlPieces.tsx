import { shownAt } from '~/files/address';
import { createElement, type CSSProperties, type ReactNode } from 'react';

const TAGS = new Set('a abbr b blockquote br center code div em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre s small span strong sub sup table tbody td tfoot th thead tr u ul'.split(' '));
const GONE = new Set('script style iframe object embed form input button select textarea svg math template noscript link meta base title head audio video'.split(' '));
const EMPTY = new Set(['br', 'hr', 'img']);
/** In old mails these say what styles say elsewhere. */
const KEPT: Record<string, string> = { align: 'align', valign: 'vAlign', width: 'width', height: 'height', bgcolor: 'bgColor', cellpadding: 'cellPadding', cellspacing: 'cellSpacing', border: 'border', colspan: 'colSpan', rowspan: 'rowSpan', alt: 'alt' };
const STYLE_ATTRIBUTE = 'data-kept-style';

/**
 * HTML of people on the canvas, about as it will look: built element by element from what is known to be harmless. What
 * the server makes of it is in the preview.
 */
export function HtmlPieces({ html }: { html: string }) {
  // The policy of the page knows neither styles nor handlers in attributes, not even in a document that is only read.
  const kept = html.replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/([\s"'/])style(\s*=)/gi, `$1${STYLE_ATTRIBUTE}$2`).replace(/([\s"'/])on(\w+\s*=)/gi, '$1data-no-$2'));
  const page = new DOMParser().parseFromString(kept, 'text/html');
  return <>{[...page.body.childNodes].map((node, index) => piece(node, index))}</>;
}

function piece(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof HTMLElement)) return null;
  const tag = node.tagName.toLowerCase();
  if (GONE.has(tag)) return null;
  const inner = [...node.childNodes].map((child, index) => piece(child, index)).filter((child) => !isLayout(tag) || typeof child !== 'string');
  const props: Record<string, unknown> = { key };
  const style = styleOf(node.getAttribute(STYLE_ATTRIBUTE) ?? '');
  if (style) props.style = style;
  for (const { name, value } of node.attributes) if (KEPT[name]) props[KEPT[name]] = value;
  if (tag === 'img') {
    const source = shownAt(node.getAttribute('src'));
    if (!source) return null;
    return <img {...props} key={key} src={source} alt={node.getAttribute('alt') ?? ''} draggable={false} style={{ maxWidth: '100%', ...style }} />;
  }
  if (EMPTY.has(tag)) return createElement(tag, props);
  // Links and what is not known are only read here.
  return createElement(tag === 'a' ? 'span' : TAGS.has(tag) ? tag : 'span', tag === 'a' ? { ...props, style: { textDecoration: 'underline', color: 'var(--mail-link)', ...style } } : props, ...inner);
}

/** Where React takes no text. */
function isLayout(tag: string): boolean {
  return ['table', 'tbody', 'thead', 'tfoot', 'tr'].includes(tag);
}

const NOT = /^(position|z-index|inset|top|left|right|bottom|animation|transition|content|cursor|pointer-events|float)/;

function styleOf(text: string): CSSProperties | undefined {
  if (!text) return undefined;
  const scratch = document.createElement('span').style;
  scratch.cssText = text;
  const style: Record<string, string> = {};
  for (const name of scratch) {
    const value = scratch.getPropertyValue(name);
    if (NOT.test(name) || /url\(|expression/i.test(value)) continue;
    style[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  return style;
}
