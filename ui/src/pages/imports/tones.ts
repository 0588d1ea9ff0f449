import type { ImportBody } from '~/api/schema';
import type { BadgeTone } from '~/components';

export const IMPORT_TONES: Record<ImportBody['state'], BadgeTone> = {
  queued: 'active',
  running: 'active',
  stopping: 'warn',
  stopped: 'warn',
  completed: 'good',
  failed: 'bad',
};
