import { createHash } from 'node:crypto'
import { PointsmanError } from '@pointsman/contract'
import { compileSnapshot, snapshotFrom } from '@pointsman/core'
import {
  latestRevision,
  readSnapshotEntries,
  SqlError,
  type Database,
  type Transaction,
} from '@pointsman/registry'
import fc from 'fast-check'
import { expect } from 'vitest'
import { fillRegistry, sampleModels, testActor } from '../../packages/registry/src/testing/sample-registry.ts'
import { sequence } from './statements.ts'

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What the publisher would do with the tables as they stand. Throws `revision_rejected`, or whatever they cannot be read with. */
export async function compileTables(database: Database): Promise<void> {
  const revision = await latestRevision(database)
  if (revision === null) throw new Error('nothing was ever written')
  const entries = await readSnapshotEntries(database)
  compileSnapshot(snapshotFrom(entries, { revision, createdAtMs: 0, sha256Hex }))
}

/** Back to the sample registry; prices and switches stay, as they always do. */
async function startAnew(database: Database): Promise<void> {
  await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
    await transaction.query('DELETE FROM pointsman.aliases')
    await transaction.query('DELETE FROM pointsman.roles')
    await transaction.query('DELETE FROM pointsman.fallback_rules')
    await transaction.query(`DELETE FROM pointsman.routes WHERE kind <> 'default'`)
    await transaction.query(`DELETE FROM pointsman.route_candidates`)
    await transaction.query(
      `DELETE FROM bedrock_models AS model WHERE model_id <> ALL ($1)
         AND NOT EXISTS (SELECT FROM pointsman.prices WHERE model_id = model.model_id)
         AND NOT EXISTS (SELECT FROM pointsman.routes WHERE target_model_id = model.model_id)`,
      [sampleModels.map(({ id }) => id)],
    )
    await transaction.query('UPDATE bedrock_models SET is_available = true')
  })
  await fillRegistry(database)
}

/** SQLSTATEs of PostgreSQL's own refusals that name the table and the rule by themselves: NULLs, doubles, words, types, references. */
const plainRefusals = /^(?:22|23502|23503|23505|23514|42|0A000|23000)/

/** A refusal that an operator can do something with. */
function expectClear(error: unknown, statements: readonly string[]): void {
  const cause = error instanceof PointsmanError ? error.details.cause : error
  expect(cause, String(error)).toBeInstanceOf(SqlError)
  if (!(cause instanceof SqlError)) return
  const { code, constraint, hint } = cause.facts
  expect(code, `${cause.message}\n${statements.join(';\n')}`).toMatch(plainRefusals)
  // Our own say the way out; PostgreSQL's name the constraint.
  if (code === '23514') expect(hint ?? constraint, cause.message).not.toBeNull()
}

async function attempt(transaction: Transaction, text: string): Promise<void> {
  await transaction.query('SAVEPOINT before_statement')
  try {
    await transaction.query(text)
  } catch (error) {
    expectClear(error, [text])
    await transaction.query('ROLLBACK TO SAVEPOINT before_statement')
  }
}

/** Whatever commits, compiles; whatever is refused, is refused in clear words. */
export async function trySequences(database: Database, numRuns: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(sequence, async (transactions) => {
      for (const statements of transactions) {
        try {
          await database.transaction(
            { purpose: 'sql', role: 'service_role', claims: null },
            async (transaction) => {
              for (const text of statements) await attempt(transaction, text)
            },
          )
        } catch (error) {
          expectClear(error, statements)
        }
        await compileTables(database)
      }
    }),
    { numRuns, seed, plugins: [fc.beforeEach(() => startAnew(database))] },
  )
  const { rows } = await database.query(
    `SELECT (SELECT count(*) FROM pointsman.unsettled_edits) + (SELECT count(*) FROM pointsman.unchecked_names) AS left`,
  )
  expect(rows).toEqual([{ left: 0 }])
}
