/*
 * A frame inherits the Content-Security-Policy of the app, which knows no styles in attributes and no style elements
 * without the nonce of this page. What a mail is made of is therefore written anew: each style attribute becomes a rule
 * of the same weight in one style element that has the nonce.
 */

/** Makes a rule weigh as much as a style attribute: more than any rule a mail has. */
const WEIGHT = ':not(#a#b#c#d)';

const GONE = 'script, noscript, iframe, frame, object, embed, applet, base, link, meta[http-equiv], template';

export interface Framed {
  document: string;
  /** Pictures from elsewhere, which the app does not load. */
  pictures: number;
}

export function frameable(html: string, origin: string, dark = false): Framed {
  const nonce = pageNonce();
  const page = new DOMParser().parseFromString(prepared(html, nonce), 'text/html');
  for (const style of page.querySelectorAll('style')) style.textContent = inScheme(style.textContent, dark);
  for (const element of page.querySelectorAll(GONE)) element.remove();
  const rules: string[] = [];
  const scratch = document.createElement('span');
  let count = 0;
  for (const element of page.querySelectorAll(`[${KEPT}]`)) {
    // Through the parser of the browser, so that nothing but declarations comes out.
    scratch.style.cssText = element.getAttribute(KEPT) ?? '';
    const declarations = scratch.style.cssText.replaceAll('<', '\\3c ');
    element.removeAttribute(KEPT);
    if (!declarations) continue;
    element.setAttribute('data-rule', String(count));
    rules.push(`[data-rule="${count}"]${WEIGHT}{${declarations}}`);
    count += 1;
  }
  let pictures = 0;
  for (const image of page.querySelectorAll('img')) {
    if (!loads(image.getAttribute('src') ?? '', origin)) {
      // The one that counts opens is no picture.
      if (!['0', '1'].includes(image.getAttribute('width') ?? '')) pictures += 1;
      image.removeAttribute('src');
    }
    image.removeAttribute('srcset');
  }
  for (const link of page.querySelectorAll('a')) {
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
    // A place in the preview has no page of its own yet.
    if ((link.getAttribute('href') ?? '#') === '#') link.removeAttribute('href');
  }
  const own = page.createElement('style');
  own.setAttribute('nonce', nonce);
  own.textContent = `:root{color-scheme:${dark ? 'dark' : 'light'};background:${dark ? '#1b1b1f' : '#fff'}}body{overflow-wrap:anywhere}img{max-width:100%}\n${rules.join('\n')}`;
  page.head.append(own);
  return { document: `<!doctype html>${page.documentElement.outerHTML}`, pictures };
}

const KEPT = 'data-kept-style';

/** Before parsing: the policy of the app already holds in a parsed document. */
function prepared(html: string, nonce: string): string {
  return html
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/(\s)style(\s*=)/gi, `$1${KEPT}$2`))
    .replace(/<style\b/gi, `<style nonce="${nonce}"`);
}

/** Whether the reader prefers the dark is said by the preview, not by who looks at it. */
function inScheme(css: string, dark: boolean): string {
  const never = 'max-width:0';
  const always = 'min-width:0';
  return css
    .replace(/prefers-color-scheme\s*:\s*dark/gi, dark ? always : never)
    .replace(/prefers-color-scheme\s*:\s*light/gi, dark ? never : always);
}

function loads(source: string, origin: string): boolean {
  return source.startsWith('data:') || source.startsWith('/') || source.startsWith(`${origin}/`);
}

export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}
