/** What a text says: a value, or that it says none yet. */
export type Read = { value: unknown } | { fault: 'json' | 'pairs' };

export function writeJson(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

export function readJson(text: string): Read {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { fault: 'json' };
  }
}

/** A line each: `name = where it is`. */
export function writePairs(value: unknown): string {
  return Object.entries((value ?? {}) as Record<string, string>)
    .map(([name, where]) => `${name} = ${where}`)
    .join('\n');
}

export function readPairs(text: string): Read {
  const pairs: [string, string][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [name = '', ...rest] = line.split('=');
    const where = rest.join('=').trim();
    if (!name.trim() || !where) return { fault: 'pairs' };
    pairs.push([name.trim(), where]);
  }
  return { value: pairs.length > 0 ? Object.fromEntries(pairs) : undefined };
}
