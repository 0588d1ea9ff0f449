/** Names that every message has already. */
const TAKEN = new Set(['account', 'campaign', 'fields', 'email', 'unsubscribe_url', 'web_version_url', 'preferences_url']);

/** As many as the server keeps. */
export const MOST_VARIABLES = 100;

/** Why a variable cannot be called so. */
export function refusedName(name: string): 'shape' | 'taken' | undefined {
  if (!/^[a-z][a-z0-9_]{0,59}$/.test(name)) return 'shape';
  return TAKEN.has(name) ? 'taken' : undefined;
}
