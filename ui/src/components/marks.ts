/** What is written beside a link of a mail: a text, and how warm the link is, 0 to 1. */
export interface Mark {
  /** Where the link leads, merge fields and all. */
  url: string;
  text: string;
  heat: number;
}

/**
 * Which of the links of a document are those of a rendered mail. Both are in the order of the document; in the mail merge
 * fields have values, and what is under a condition may be missing.
 */
export function matched(hrefs: readonly string[], urls: readonly string[]): (number | null)[] {
  const patterns = urls.map(pattern);
  let next = 0;
  return hrefs.map((href) => {
    const found = patterns.findIndex((one, index) => index >= next && one.test(href));
    if (found < 0) return null;
    next = found + 1;
    return found;
  });
}

const TAG = /\{\{.*?\}\}|\{%.*?%\}/gs;

function pattern(url: string): RegExp {
  const fixed = url.split(TAG).map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${fixed.join('.*')}/?$`, 's');
}

/** The warmest has the strongest frame; the text stands on its own ground, so that it can be read on any mail. */
const MARKED = `a[data-mark]{position:relative!important;outline:2px solid #5a4fc4;outline-offset:3px;border-radius:2px}
a[data-mark]::after{content:attr(data-mark);position:absolute;z-index:9;inset-block-start:0;inset-inline-start:calc(100% + 9px);padding:1px 6px;border-radius:9px;background:#5a4fc4;color:#fff;font:600 11px/16px system-ui,sans-serif;letter-spacing:0;text-transform:none;white-space:nowrap}
a[data-mark]:has(img)::after{inset-inline-start:auto;inset-block-start:4px;inset-inline-end:4px}
a[data-heat="2"]{outline-color:#9d95df}a[data-heat="1"]{outline-color:#cfcaf0}a[data-heat="0"]{outline:1px dashed #8a8a96}
a[data-heat="0"]::after{background:#5f5f6c}`;
const HEATS = 3;

/** A framed mail with what is said of its links drawn over them. */
export function drawn(framed: string, marks: readonly Mark[]): string {
  if (marks.length === 0) return framed;
  const page = new DOMParser().parseFromString(framed, 'text/html');
  const links = [...page.querySelectorAll('a[href]')];
  const found = matched(
    links.map((link) => link.getAttribute('href') ?? ''),
    marks.map(({ url }) => url),
  );
  for (const [index, link] of links.entries()) {
    const mark = marks[found[index] ?? -1];
    if (!mark) continue;
    link.setAttribute('data-mark', mark.text);
    link.setAttribute('data-heat', String(Math.ceil(mark.heat * HEATS)));
  }
  const style = page.createElement('style');
  style.setAttribute('nonce', page.querySelector('style[nonce]')?.getAttribute('nonce') ?? '');
  style.textContent = MARKED;
  page.head.append(style);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
