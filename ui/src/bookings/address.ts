/** Where visitors book an event type. */
export function addressOf(page: string, slug: string): string {
  return `${location.origin}/book/${page}/${slug}`;
}
