// The ingest alone in a process of its own, so that what its main thread burns is the ingest's.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { startIngest } from '@pointsman/control/ingest'
import { listJournals, readJournal, startOf } from '@pointsman/journal'
import * as registry from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { openServer } from '@pointsman/registry/server'
import { familyOf, processorUs } from '../side-by-side/processes.ts'

/**
 * What this process prints at its end, as one line of JSON, after another one that says when it is warm: what comes from then
 * on is measured. Spans of processor time are for all records together.
 */
export interface Carried {
  readonly records: number
  readonly batches: number
  /** Of the main thread: reading, decoding, sums, the driver. */
  readonly ownUs: number
  /** Of this process's other threads: garbage, files; with the embedded database PostgreSQL, too. */
  readonly otherThreadsUs: number
  /** Null where PostgreSQL does not run on this machine, or is embedded. */
  readonly postgresUs: number | null
  /** Of reading each line and parsing it, and nothing else: a measure of the machine, since the ingest itself parses none. */
  readonly bareUs: number
  readonly wallMs: number
  readonly longestLagMs: number
}

const { values } = parseArgs({
  options: {
    journals: { type: 'string', default: '' },
    url: { type: 'string' },
    folder: { type: 'string' },
    postmaster: { type: 'string' },
    // After so many the code is warm, as in a server that runs for a while.
    warm: { type: 'string', default: '0' },
    records: { type: 'string', default: '0' },
  },
})

const clock = {
  nowMs: Date.now,
  after: (delayMs: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const usOf = ({ system, user }: NodeJS.CpuUsage): number => system + user
const postmaster = values.postmaster === undefined ? null : Number(values.postmaster)

async function carry(journalDir: string): Promise<Carried> {
  const database =
    values.url === undefined
      ? await openEmbedded({ dataDir: values.folder ?? null, watchdogMs: 60_000 })
      : await openServer({ url: values.url })
  await registry.migrate(database)
  await registry.ensureUsagePartitions(database, 1)
  const ingest = startIngest({
    ...{ journalDir, database, registry, clock },
    log: (level, event, facts) => process.stderr.write(`${level} ${event} ${JSON.stringify(facts)}\n`),
  })
  let longestLagMs = 0
  const until = async (records: number): Promise<void> => {
    while (ingest.stats().inserted < records) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (ingest.stats().caughtUpAtMs !== null) longestLagMs = Math.max(longestLagMs, ingest.stats().lagMs)
    }
  }
  await until(Number(values.warm))
  process.stdout.write(`${JSON.stringify({ warm: ingest.stats().inserted })}\n`)
  const before = ingest.stats()
  const postgres = (): number => (postmaster === null ? 0 : processorUs(familyOf(postmaster)))
  const [startedAt, whole, own, server] = [
    performance.now(),
    process.cpuUsage(),
    process.threadCpuUsage(),
    postgres(),
  ]
  await until(Number(values.records))
  const ownUs = usOf(process.threadCpuUsage(own))
  const spent = {
    ownUs,
    otherThreadsUs: usOf(process.cpuUsage(whole)) - ownUs,
    postgresUs: postmaster === null ? null : postgres() - server,
    wallMs: performance.now() - startedAt,
  }
  const { batches, inserted } = ingest.stats()
  await ingest.stop(5_000)
  await database.close()
  const records = inserted - before.inserted
  const bareUs = (await readBare(journalDir)) * records
  return { records, batches: batches - before.batches, ...spent, bareUs, longestLagMs }
}

/** Microseconds a record. */
async function readBare(journalDir: string): Promise<number> {
  let read = 0
  const own = process.threadCpuUsage()
  for (const { journal } of await listJournals(journalDir)) {
    let position = startOf(journal)
    for (let ended = false; !ended;) {
      const piece = await readJournal(journalDir, position, { limitBytes: 524_288, skipIntents: true })
      read += piece.records.length
      ended = piece.ended || piece.position.offset === position.offset
      position = piece.position
    }
  }
  return usOf(process.threadCpuUsage(own)) / read
}

if (values.journals !== '') process.stdout.write(`${JSON.stringify(await carry(values.journals))}\n`)
