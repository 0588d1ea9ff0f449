/** What is put in for each person, as it stands in a text: a name, and what stands there when there is no value. */
export interface MergeTag {
  /** What is between the braces. */
  expression: string;
  /** The name, if it is nothing but a name with a fallback. */
  name: string | null;
  fallback: string | null;
}

const PLAIN = /^\s*([a-z_][\w.]*)\s*(?:\|\s*default\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)\s*)?$/i;

export function readMerge(expression: string): MergeTag {
  const match = PLAIN.exec(expression);
  if (!match) return { expression: expression.trim(), name: null, fallback: null };
  return { expression: expression.trim(), name: match[1]!, fallback: match[2] === undefined ? null : unquote(match[2]) };
}

export function writeMerge(name: string, fallback: string | null): string {
  return fallback === null || fallback === '' ? name : `${name} | default(${JSON.stringify(fallback)})`;
}

function unquote(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** A text in parts: what stands as it is, and merge tags. */
export function splitMerge(text: string): (string | MergeTag)[] {
  const parts: (string | MergeTag)[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(readMerge(match[1]!));
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
