/**
 * Histories for fault tests: what clients saw, what the vendor saw and emitted, what was recorded; and one checker that
 * holds these against each other when all is over.
 *
 *   const vendor = await startVendor()                        // all four vendors, in the test's own process: a kill of the
 *   const server = await startServer({ command: 'serve',      // server does not touch its ledger
 *     environment: vendor.environment })
 *   const recorder = createRecorder()
 *   await drive(recorder, { servers: () => [server], … })      // a bounded, seeded load; or single requests:
 *   await recorder.ask(server, { face: 'bedrock-converse', model: 'use-case/clinical', stream: true })
 *   const evidence = await gather({ server, recorder, vendor })  // waits until ingest has caught up
 *   expect(checkHistory(evidence)).toEqual([])
 *
 * Every request carries a mark of its own (`mark-<run>-<n>`), as a tag, which its usage record keeps, and as the first
 * word of its prompt, which the simulator's ledger notes. So the three sides are joined even where no answer came.
 *
 * Rules of the checker, each named in what it says:
 * - `one-record`: a request that was answered has exactly one record, of the id that its answer named. Without one may be:
 *   401 (nobody's request: a flood of wrong keys writes nothing) and 503 that no vendor was called for (the server was
 *   stopping, or its journal could take no more, and said so).
 * - `unknown`: a request whose client was told nothing, or was cut off, has one record or none; none only if no vendor was
 *   called for it, or it was sent within a second before a kill (its intent was not written yet).
 * - `no-request`: no record without a request; none stands twice.
 * - `outcome`: a whole answer is `ok`; one that broke off for its client is not.
 * - `attempts`: what the vendor was called for stands in the record, call by call, by the vendor's own id where it gives
 *   one. A record `unknown` lists none: nobody knows.
 * - `billed`: tokens are those that the vendor told; where it told none, they are marked estimated and are at most 2 % (or
 *   one token) off what it emitted; where the client left, between what the client had and what was emitted.
 * - `cost`: tokens cost something, or it is not known what.
 * - `target`: the model of an answer is that of its record and of the vendor's call, and (where the test names the
 *   switches it made) its plan is of the target that its route had at the revision which the answer names.
 * - `totals`: `GET /api/v1/usage` adds up what the records say.
 */
export { checkHistory, type CheckOptions, type Evidence, type RouteChange } from './check-history.ts'
export { drive, type LoadPlan } from './drive.ts'
export type { FaceName } from './faces.ts'
export { gather } from './gather.ts'
export { createRecorder, type Ask, type ClientEntry, type Recorder } from './recorder.ts'
export { startVendor, type Vendor, type VendorOptions } from './vendor.ts'
