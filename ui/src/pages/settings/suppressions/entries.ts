const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i;

/** What was pasted, by what it is. What is neither an address nor a hash is taken for a domain; the server checks. */
export function sorted(text: string): { emails: string[]; domains: string[]; hashes: string[] } {
  const all = { emails: [] as string[], domains: [] as string[], hashes: [] as string[] };
  for (const entry of new Set(text.split(/[\s,;]+/).filter(Boolean))) {
    if (HASH.test(entry)) all.hashes.push(entry);
    else if (entry.lastIndexOf('@') > 0) all.emails.push(entry);
    else all.domains.push(entry.replace(/^@/, ''));
  }
  return all;
}
