/** What uploaded pictures are called, whatever the server is called outside. */
const OWN = /^\/m\/[0-9a-f]{16,}\.\w+$/;

/**
 * Where the app can show a picture from; null for those of other servers, which would learn who looks at what and which
 * the policy of the page stops.
 */
export function shownAt(address: unknown): string | null {
  if (typeof address !== 'string' || address === '' || address.includes('{{')) return null;
  if (address.startsWith('data:image/')) return address;
  // An address within a mail is a whole one.
  if (!/^(https?:\/)?\//i.test(address)) return null;
  try {
    const url = new URL(address, location.origin);
    return url.origin === location.origin || OWN.test(url.pathname) ? url.pathname : null;
  } catch {
    return null;
  }
}
