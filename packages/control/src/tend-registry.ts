import {
  ensureUsagePartitions,
  foldUsageDay,
  keepMinutesMs,
  pruneCaptured,
  pruneReplicas,
  pruneSnapshotParts,
  pruneUsageMinutes,
  pruneUsageRecords,
  pruneWebhooks,
  refreshCosts,
  verifyChain,
  writeSetting,
  type ChainReport,
  type Database,
} from '@pointsman/registry'
import { keepDrillRecords } from './drills/drill-record.ts'
import type { Clock, Log } from './ports.ts'
import { createRepeating } from './repeating.ts'

export interface TendingParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly region: string
  /** The text of requests and answers goes after this. */
  readonly keepCapturedMs: number
  /** What a look at the whole chain of switches said; null = it is whole. */
  readonly onChainSeen: (problem: string | null) => void
}

/** What the registry needs done now and then. Every task is safe to do twice, and by several hosts. */
export interface Tending {
  /** All that is due, once, but the look at the whole chain: for a process that is given little time and lives for less. */
  tend(): Promise<void>
  /** Resolves when the first round is done. */
  start(): Promise<void>
  stop(): Promise<void>
}

const everyMs = 3_600_000
/** For what the first round leaves out: a laptop's server may not live for an hour. */
const secondRoundAfterMs = 300_000
const dayMs = 86_400_000
const forgetReplicasAfterMs = 7 * dayMs
/** A replica asks for the newest revision only; older manifests serve those who look back. */
const keepRevisions = 100
const keepWebhooksMs = 30 * dayMs
/** The rest waits for the next hour: reports read hours meanwhile. */
const mostDaysAtOnce = 40
/** The embedded database shares its machine's disk: raw records go after this, rollups stay. */
const keepEmbeddedRecordsMs = 30 * dayMs

export function createTending(parts: TendingParts): Tending {
  const { clock, log } = parts
  let isFirst = true
  const tend = (): Promise<void> => {
    const done = round(parts, isFirst ? 'first' : 'whole')
    isFirst = false
    return done
  }
  const failed = (error: unknown): void => log('error', 'registry_not_tended', { error })
  const rounds = createRepeating(tend, { clock, everyMs, failed })
  let cancel = (): void => undefined
  return {
    tend: () => round(parts, 'without chain'),
    start: async () => {
      const first = rounds.start()
      cancel = clock.after(secondRoundAfterMs, () => rounds.wake())
      await first
    },
    stop: async () => {
      cancel()
      await rounds.stop()
    },
  }
}

/** One task that fails does not keep the others from being done. */
async function round(
  { database, clock, keepCapturedMs, log, region, onChainSeen }: TendingParts,
  kind: 'first' | 'without chain' | 'whole',
): Promise<void> {
  const tasks: { readonly [name: string]: () => Promise<unknown> } = {
    region: () => writeSetting(database, 'region', region),
    costs: () => refreshCosts(database),
    partitions: () => ensureUsagePartitions(database, 2),
    replicas: () => pruneReplicas(database, clock.nowMs() - forgetReplicasAfterMs),
    snapshots: () =>
      database.transaction({ purpose: 'plain' }, (transaction) =>
        pruneSnapshotParts(transaction, keepRevisions),
      ),
    webhooks: () => pruneWebhooks(database, keepWebhooksMs),
    minutes: () => pruneUsageMinutes(database, clock.nowMs() - keepMinutesMs),
    drills: () => keepDrillRecords(database, clock.nowMs()),
    captured: () => pruneCaptured(database, clock.nowMs() - keepCapturedMs),
  }
  // Not in the first round, while a server is new and busy: a long history takes long, and nobody waits for any of these.
  const chain = async (): Promise<void> => onChainSeen(chainProblem(await verifyChain(database)))
  const records = async (): Promise<void> => {
    if (database.kind === 'embedded') await pruneUsageRecords(database, clock.nowMs() - keepEmbeddedRecordsMs)
  }
  const days = async (): Promise<void> => {
    for (let folded = 0; folded < mostDaysAtOnce; folded += 1) if (!(await foldOne(database, clock))) return
  }
  const due = kind === 'first' ? tasks : { ...tasks, records, days, ...(kind === 'whole' ? { chain } : {}) }
  for (const [task, work] of Object.entries(due)) {
    try {
      await work()
    } catch (error) {
      log('warn', 'registry_not_tended', { task, error })
    }
  }
}

/** A transaction a day: a month that is added up for the first time holds up nobody for longer than a day takes. */
const foldOne = (database: Database, clock: Clock): Promise<boolean> =>
  database.transaction(
    { purpose: 'plain', statementTimeoutMs: 60_000 },
    async (transaction) => (await foldUsageDay(transaction, clock.nowMs())) !== null,
  )

/** In words for an alarm; null = the chain is whole. */
export const chainProblem = ({ firstBad }: ChainReport): string | null =>
  firstBad === undefined
    ? null
    : `The chain of switches does not verify from record ${firstBad.sequence} on: ${firstBad.problem}.`
