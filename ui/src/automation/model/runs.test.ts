import { expect, it } from 'vitest';
import { actionsFor } from './runs';

it('offers what the server does with runs in a status', () => {
  expect(actionsFor(['sending'])).toEqual(['move', 'exit']);
  expect(actionsFor(['finished'])).toEqual([]);
  expect(actionsFor(['paused'])).toEqual(['resume', 'skip', 'move', 'exit']);
  expect(actionsFor(['waiting', 'failed', 'finished'])).toEqual(['retry', 'skip', 'pause', 'move', 'exit']);
});
