/** Texts of pages that are seen by who is signed in, large enough to matter: the first load goes without them. */
export const LATER = /^(ab|audit|automation|booking|check|content|dkim|editor|feeds|home|hooks|import|person|prop|report|review|suppressions)\./;
