/** Somebody at a place in a body, such as `customer.email` or `people.0.email`. */
export function bodyWith(path: string, email: string): unknown {
  return path.split('.').reduceRight<unknown>((inside, part) => (part === '0' ? [inside] : { [part]: inside }), email);
}

/** What a terminal sends to a hook. */
export function curlFor(url: string, path: string, email = 'ada@example.com'): string {
  const body = JSON.stringify(bodyWith(path, email)).replaceAll("'", String.raw`'\''`);
  return `curl -H 'Content-Type: application/json' ${url} \\\n  -d '${body}'`;
}
