// Jobs that do nothing, taken and completed by graphile-worker: what a step costs where nothing but the queue works.
// Adds JOBS jobs, says `ready`, waits for a line, works them off, prints how long it took, and keeps its connections
// until its input ends, so that whoever measures can still read the CPU of the backends.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

const jobs = Number(process.env.JOBS);
const batched = process.env.BATCHED === '1';
const CONCURRENCY = 24;
const CHUNK = 10_000;

const logger = { error: console.error, warn() {}, info() {}, debug() {}, scope: () => logger };
const pgPool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: CONCURRENCY + 2 });
// Its own advice; nothing breaks the connections here.
pgPool.on('error', console.error);
pgPool.on('connect', (client) => client.on('error', console.error));
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();
for (let from = 0; from < jobs; from += CHUNK) {
  const specs = Array.from({ length: Math.min(CHUNK, jobs - from) }, (_, n) => ({ identifier: 'step', payload: { id: from + n } }));
  await utils.addJobs(specs);
}
await pgPool.query('vacuum analyze graphile_worker._private_jobs');

const lines = createInterface({ input: process.stdin });
console.log('ready');
await once(lines, 'line');

let done = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const began = performance.now();
const runner = await run({
  pgPool,
  noHandleSignals: true,
  preset: {
    worker: {
      concurrentJobs: CONCURRENCY,
      logger,
      // What its documentation advises for many quick jobs.
      ...(batched && { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
    },
  },
  taskList: {
    step() {
      done += 1;
      if (done === jobs) finish();
    },
  },
});
await finished;
// The last ones are complete when they are gone from its table.
for (;;) {
  const { rows } = await pgPool.query('select 1 from graphile_worker._private_jobs limit 1');
  if (rows.length === 0) break;
}
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
await once(lines, 'close');
await runner.stop();
await utils.release();
await pgPool.end();
