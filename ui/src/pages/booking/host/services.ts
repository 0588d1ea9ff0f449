/** Services with CalDAV that many use: where their server is, and where people make a password for programs. */
export const SERVICES = {
  apple: { address: 'https://caldav.icloud.com', passwords: 'https://account.apple.com/account/manage' },
  fastmail: { address: 'https://caldav.fastmail.com', passwords: undefined },
  nextcloud: { address: '', passwords: undefined },
  other: { address: '', passwords: undefined },
} as const;

export type Service = keyof typeof SERVICES;

export const ALL_SERVICES = Object.keys(SERVICES) as Service[];
