export const EMBEDS = ['inline', 'popup', 'button', 'link', 'cal'] as const;
export type Embed = (typeof EMBEDS)[number];
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const POSITIONS = ['bottom-right', 'bottom-left'] as const;
export type Position = (typeof POSITIONS)[number];

export interface EmbedOptions {
  kind: Embed;
  /** Where this server is. */
  origin: string;
  /** Which page: `northwind/intro-call`. */
  link: string;
  /** What is written on the button. */
  text: string;
  theme: Theme;
  color: string;
  position: Position;
}

function escaped(text: string): string {
  const by: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (one) => by[one]!);
}

/** JSON within an attribute in single quotes. */
function json(value: Record<string, string>): string {
  return JSON.stringify(value).replace(/&/g, '&amp;').replace(/'/g, '&#39;').replace(/</g, '&lt;');
}

/** JSON within a script. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

/** What somebody puts into their own page. */
export function embedCode({ kind, origin, link, text, theme, color, position }: EmbedOptions): string {
  const script = `<script src="${origin}/embed.js" async></script>`;
  const config: Record<string, string> = theme === 'auto' ? {} : { theme };
  const attribute = (name: string, values: Record<string, string>) => (Object.keys(values).length > 0 ? ` ${name}='${json(values)}'` : '');
  switch (kind) {
    case 'inline':
      return `${script}\n<sendero-booking link="${escaped(link)}"${attribute('config', config)}></sendero-booking>`;
    case 'popup':
      return `${script}\n<button data-sendero-book="${escaped(link)}"${attribute('data-sendero-config', config)}>${escaped(text)}</button>`;
    case 'button': {
      const values = { ...config, ...(color ? { color } : {}), ...(position === 'bottom-right' ? {} : { position }) };
      return `${script}\n<sendero-booking mode="button" link="${escaped(link)}"${attribute('config', values)}>${escaped(text)}</sendero-booking>`;
    }
    case 'link':
      return `<a href="${origin}/book/${escaped(link)}${theme === 'auto' ? '' : `?theme=${theme}`}">${escaped(text)}</a>`;
    case 'cal':
      return [
        '<div id="booking"></div>',
        '<script>',
        '  (function (C, A, L) { let p = function (a, ar) { a.q.push(ar); }; let d = C.document; C.Cal = C.Cal || function () { let cal = C.Cal; let ar = arguments;',
        '    if (!cal.loaded) { cal.ns = {}; cal.q = cal.q || []; d.head.appendChild(d.createElement("script")).src = A; cal.loaded = true; }',
        '    if (ar[0] === L) { const api = function () { p(api, arguments); }; const namespace = ar[1]; api.q = api.q || [];',
        '      if (typeof namespace === "string") { cal.ns[namespace] = cal.ns[namespace] || api; p(cal.ns[namespace], ar); p(cal, ["initNamespace", namespace]); } else p(cal, ar); return; }',
        `    p(cal, ar); }; })(window, ${literal(`${origin}/embed/embed.js`)}, "init");`,
        `  Cal("init", { origin: ${literal(origin)} });`,
        `  Cal("inline", { elementOrSelector: "#booking", calLink: ${literal(link)}${theme === 'auto' ? '' : `, config: { theme: ${literal(theme)} }`} });`,
        '</script>',
      ].join('\n');
  }
}
