// size: a declared table
/**
 * What is promised, and the test that would notice if it were broken. `docs/reliability.md` shows this table with the
 * figures of the last long runs; `table.test.ts` holds that each test named here exists and says the promise's id.
 */
export interface KeptPromise {
  readonly id: string
  readonly promise: string
  /** Path of the test file from the root; null = not held by a test yet. */
  readonly test: string | null
}

export const promises = [
  {
    id: 'T01',
    promise: 'No usage record is lost or written twice when the process is killed.',
    test: 'tests/faults/killed-gateway.test.ts',
  },
  {
    id: 'T02',
    promise: 'An answer that a client has in full has its record on disk before its last byte.',
    test: 'tests/faults/killed-gateway.test.ts',
  },
  {
    id: 'T03',
    promise: 'Ingest is exactly once, whatever dies in the middle of a batch.',
    test: 'tests/faults/ingest-once/ingest-once.test.ts',
  },
  {
    id: 'T04',
    promise: 'A torn or reordered tail of the journal is found, and what was acknowledged is kept.',
    test: 'tests/faults/power-cut.test.ts',
  },
  {
    id: 'T05',
    promise: 'One client request makes exactly one usage record, with its attempts listed.',
    test: 'tests/faults/accounting/one-record.test.ts',
  },
  {
    id: 'T07',
    promise: 'A partial stream is billed for what was emitted.',
    test: 'tests/faults/accounting/partial-streams.test.ts',
  },
  {
    id: 'T08',
    promise: 'Ids that a caller sends neither suppress a record nor forge one.',
    test: 'tests/faults/accounting/one-record.test.ts',
  },
  {
    id: 'T09',
    promise: 'Spend and rate limits hold under concurrency, with the bound that is stated.',
    test: 'tests/faults/shared-limits.test.ts',
  },
  {
    id: 'T10',
    promise: 'A bad price table is refused whole; an unknown price is null, never 0.',
    test: 'tests/faults/price-tables.test.ts',
  },
  {
    id: 'T11',
    promise: 'Errors of vendors are told truthfully in every face.',
    test: 'tests/upstream-errors/upstream-errors.test.ts',
  },
  {
    id: 'T12',
    promise: 'A cut stream never looks complete.',
    test: 'tests/upstream-errors/cut-streams.test.ts',
  },
  {
    id: 'T13',
    promise: 'Nothing is mixed after the first byte: one answer comes from one model.',
    test: 'tests/faults/streams/unmixed.test.ts',
  },
  { id: 'T14', promise: 'No request can end the process.', test: 'tests/faults/streams/leaving.test.ts' },
  {
    id: 'T15',
    promise: 'A client that leaves cancels its call upstream within a second.',
    test: 'tests/faults/streams/leaving.test.ts',
  },
  {
    id: 'T16',
    promise: 'Sockets come back after clients and upstreams leave.',
    test: 'tests/faults/streams/leaving.test.ts',
  },
  {
    id: 'T18',
    promise: 'Four limits of time, each firing alone and at its setting.',
    test: 'tests/faults/four-limits.test.ts',
  },
  {
    id: 'T19',
    promise: 'A slow first token survives middle boxes: heartbeats that official SDKs pass over.',
    test: 'tests/faults/streams/slow-first-token.test.ts',
  },
  {
    id: 'T20',
    promise: 'No retry storm: attempts stay within the budget, Retry-After is honoured.',
    test: 'tests/faults/retry-storm.test.ts',
  },
  {
    id: 'T21',
    promise: 'Text is never broken, wherever its bytes are cut.',
    test: 'packages/wire/src/golden/whole-text.test.ts',
  },
  {
    id: 'T22',
    promise: 'Memory, sockets and timers stay flat, whoever leaves and whoever vanishes.',
    test: 'tests/faults/soak.test.ts',
  },
  {
    id: 'T23',
    promise: 'The data plane serves on while the database is stopped or frozen.',
    test: 'tests/faults/stores/database-away.test.ts',
  },
  {
    id: 'T24',
    promise: 'It starts without a database, and comes back by itself when that flaps.',
    test: 'tests/faults/stores/database-away.test.ts',
  },
  {
    id: 'T25',
    promise: 'A starved database slows no answer.',
    test: 'tests/faults/stores/starved-database.test.ts',
  },
  {
    id: 'T26',
    promise: 'Ten thousand switches under load: no failed request, each answer from its revision.',
    test: 'tests/propagation.test.ts',
  },
  {
    id: 'T27',
    promise: 'Replicas converge whatever notifications are lost, doubled or out of order.',
    test: 'packages/engine/src/snapshot-holder.property.test.ts',
  },
  {
    id: 'T28',
    promise: 'Keys go only to their provider, checked on the resolved address.',
    test: 'tests/faults/hostile-addresses.test.ts',
  },
  {
    id: 'T29',
    promise: 'Secrets and prompts stay out of logs, database, journal and pages.',
    test: 'tests/faults/secrets.test.ts',
  },
  {
    id: 'T30',
    promise: 'No input reaches the database as SQL.',
    test: 'tests/faults/secrets.test.ts',
  },
  {
    id: 'T31',
    promise: 'Every route asks for the scope that its table says.',
    test: 'packages/control/src/keys/policy-matrix.test.ts',
  },
  {
    id: 'T32',
    promise: 'Tokens and sessions are checked whole; revoked ones end within seconds.',
    test: 'tests/faults/tokens.test.ts',
  },
  {
    id: 'T33',
    promise: 'A flood of wrong keys is cheap and leaves no row.',
    test: 'tests/faults/overload.test.ts',
  },
  {
    id: 'T34',
    promise: 'Hostile HTTP and JSON do no harm.',
    test: 'tests/faults/hostile-http.test.ts',
  },
  {
    id: 'T36',
    promise: 'Slow clients cannot starve others.',
    test: 'tests/faults/slow-clients.test.ts',
  },
  {
    id: 'T37',
    promise: 'Size limits count bytes, of requests and of answers.',
    test: 'tests/faults/sizes.test.ts',
  },
  {
    id: 'T39',
    promise: 'The switch record cannot be altered unseen.',
    test: 'tests/faults/switch-record.test.ts',
  },
  {
    id: 'T40',
    promise: 'Backup, restore, upgrade and the move to PostgreSQL keep every row.',
    test: 'tests/faults/stores/backup.test.ts',
  },
  {
    id: 'T41',
    promise: 'A full disk is refused early, and mends without a restart.',
    test: 'tests/faults/stores/full-disk.test.ts',
  },
  {
    id: 'T42',
    promise: 'A rolling restart drops no request.',
    test: 'tests/faults/stores/rolling-restart.test.ts',
  },
  {
    id: 'T43',
    promise: 'Overload is shed early with 503 and Retry-After.',
    test: 'tests/faults/overload.test.ts',
  },
  {
    id: 'T47',
    promise: 'One data folder, one process; a killed one starts again at once.',
    test: 'tests/faults/stores/one-folder.test.ts',
  },
  {
    id: 'T50',
    promise: 'The tests themselves work: planted faults are caught.',
    test: 'tests/faults/planted/planted.test.ts',
  },
] as const satisfies readonly KeptPromise[]

export type PromiseId = (typeof promises)[number]['id']
