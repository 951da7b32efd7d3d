import * as registry from '@pointsman/registry'
import type { Database } from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { openServer } from '@pointsman/registry/server'
import { startIngest } from '@pointsman/control/ingest'

/** Where the process kills itself; `none` = it takes everything in and ends in order. */
export type DeathPoint = 'before-commit' | 'in-commit' | 'after-commit' | 'none'

/**
 * A process that takes journals in: `node ingesting.ts <journalDir> <where> <point> <transaction>`, where `where` is a
 * PostgreSQL URL or the embedded database's folder. Kills itself with SIGKILL at that point of its n-th transaction.
 */
const [, , journalDir = '', where = '', point = 'none', nth = '1'] = process.argv
const database = await (where.startsWith('postgres')
  ? openServer({ url: where, connections: 2 })
  : openEmbedded({ dataDir: where, watchdogMs: 60_000 }))

const die = (): void => void process.kill(process.pid, 'SIGKILL')

/** The real database, in which somebody pulls the plug. */
function dyingDatabase(): Database {
  let transactions = 0
  return {
    ...database,
    query: (text, values) => database.query(text, values),
    transaction: async (options, work) => {
      transactions += 1
      const dies = transactions === Number(nth)
      const result = await database.transaction(options, async (transaction) => {
        const done = await work(transaction)
        if (dies && point === 'before-commit') die()
        // The commit is on its way to the database, or has arrived, or not.
        if (dies && point === 'in-commit') setTimeout(die, Math.random() * 4)
        return done
      })
      if (dies && point === 'after-commit') die()
      return result
    },
  }
}

const ingest = startIngest({
  journalDir,
  database: dyingDatabase(),
  registry,
  clock: {
    nowMs: Date.now,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  },
  log: () => undefined,
  maxBatchRecords: 40,
})
const { drained } = await ingest.stop(60_000)
await database.close()
process.exitCode = drained ? 0 : 1
