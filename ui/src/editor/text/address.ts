/** `example.com` means the web page. */
export function withScheme(address: string): string {
  return /^([a-z][a-z0-9+.-]*:|#|\{\{)/i.test(address) ? address : `https://${address}`;
}
