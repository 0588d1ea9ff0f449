/** Texts of pages that are seen by who is signed in, large enough to matter: the first load goes without them. */
export const LATER = /^(ab|attribute|audit|automation|automation_event|booking|calendars|check|content|dkim|editor|feeds|files|home|hooks|import|limits|op|person|prop|report|review|rule|run_\w+|step_kind|suppressions|transports)\./;
