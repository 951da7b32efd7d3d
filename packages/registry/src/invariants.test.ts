import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PointsmanError } from '@pointsman/contract'
import type { Database, Transaction } from './database.ts'
import { listModels } from './models.ts'
import { listRoutes } from './routes.ts'
import { verifyChain } from './switch-chain.ts'
import { listSwitches } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import { newHaiku, newSonnet, novaLite, novaMicro, novaPro, oldSonnet } from './testing/sample-registry.ts'

const ids = [novaPro, novaLite, novaMicro, newSonnet, newHaiku, oldSonnet]
const model = fc.constantFrom(...ids)
const useCase = fc.constantFrom('clinical', 'health', 'operations', 'platform')
const flag = fc.constantFrom('true', 'false')

/** Whatever an operator may type, some of it senseless. */
const statement: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(model, flag)
    .map(([id, on]) => `UPDATE bedrock_models SET is_available = ${on} WHERE model_id = '${id}'`),
  fc
    .tuple(model, flag)
    .map(([id, on]) => `UPDATE bedrock_models SET is_default = ${on} WHERE model_id = '${id}'`),
  fc
    .tuple(model, flag, flag)
    .map(
      ([id, on, first]) =>
        `UPDATE bedrock_models SET is_available = ${on}, is_default = ${first} WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(model, useCase)
    .map(([id, name]) => `UPDATE bedrock_models SET use_case = '${name}' WHERE model_id = '${id}'`),
  model.map((id) => `UPDATE bedrock_models SET use_case = NULL WHERE model_id = '${id}'`),
  fc
    .tuple(model, useCase)
    .map(([id, name]) => `UPDATE ai_assistants SET model_version = '${id}' WHERE assistant_type = '${name}'`),
  useCase.map((name) => `UPDATE ai_assistants SET model_version = NULL WHERE assistant_type = '${name}'`),
  fc
    .tuple(model, fc.integer({ min: -1, max: 3 }))
    .map(([id, cost]) => `UPDATE bedrock_models SET input_cost_per_mtok = ${cost} WHERE model_id = '${id}'`),
  model.map((id) => `UPDATE bedrock_models SET is_default = (model_id = '${id}')`),
  fc.constantFrom(
    'UPDATE bedrock_models SET is_available = NOT is_available',
    'UPDATE bedrock_models SET is_available = true',
    `UPDATE bedrock_models SET is_available = false WHERE provider = 'amazon'`,
    `UPDATE pointsman.routes SET lifecycle_rule = 'block' WHERE name = 'clinical'`,
    `UPDATE pointsman.routes SET residency = ARRAY['eu-central-1'] WHERE name = 'health'`,
    `UPDATE pointsman.routes SET residency = NULL`,
    `DELETE FROM pointsman.route_candidates WHERE name = 'operations'`,
    `UPDATE pointsman.routes SET fallbacks = ARRAY['${novaPro}'] WHERE name = 'operations'`,
    `DELETE FROM bedrock_models WHERE model_id = '${oldSonnet}'`,
    `UPDATE pointsman.routes SET fallbacks = NULL WHERE name = 'clinical'`,
    `DELETE FROM pointsman.route_candidates WHERE name = 'clinical'`,
    `DELETE FROM pointsman.fallback_rules WHERE family LIKE 'claude%'`,
    `UPDATE pointsman.fallback_rules SET to_tier = 'none'`,
    `INSERT INTO pointsman.fallback_rules (family, tier, to_family, to_tier) VALUES ('nova', NULL, 'claude', 'haiku')`,
  ),
  fc
    .tuple(model, fc.constantFrom('active', 'eol'))
    .map(
      ([id, status]) => `UPDATE bedrock_models SET lifecycle_status = '${status}' WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(model, fc.constantFrom('nova', 'claude'), fc.constantFrom('pro', 'haiku', 'sonnet'))
    .map(
      ([id, family, tier]) =>
        `UPDATE bedrock_models SET family = '${family}', tier = '${tier}' WHERE model_id = '${id}'`,
    ),
  fc
    .tuple(model, fc.constantFrom("ARRAY['us-east-1']", "ARRAY['eu-central-1']", 'NULL'))
    .map(
      ([id, regions]) =>
        `UPDATE bedrock_models SET destination_regions = ${regions} WHERE model_id = '${id}'`,
    ),
)

/** Savepoints, so that a refused statement leaves the rest of its transaction to be tried. */
async function attempt(transaction: Transaction, text: string): Promise<void> {
  await transaction.query('SAVEPOINT before_statement')
  try {
    await transaction.query(text)
  } catch {
    await transaction.query('ROLLBACK TO SAVEPOINT before_statement')
  }
}

interface Targets {
  readonly [route: string]: string | null
}
const targetsOf = async (database: Database): Promise<Targets> =>
  Object.fromEntries((await listRoutes(database)).map(({ route }) => [route.name, route.target]))

/** Whatever was committed: one enabled default, usable routes, columns that say what the tables say. */
async function checkInvariants(database: Database): Promise<void> {
  const models = await listModels(database)
  const byId = new Map(models.map((row) => [row.model.id as string, row]))
  const routes = (await listRoutes(database)).map(({ route }) => route)
  const fallback = routes.find((route) => route.kind === 'default')
  expect(byId.get(fallback?.target ?? '')?.model.enabled).toBe(true)
  expect(models.filter((row) => row.isDefault).map((row) => row.model.id)).toEqual([fallback?.target])
  for (const route of routes) {
    const reachable = [
      route.target ?? fallback?.target ?? '',
      ...route.candidates.map((candidate) => candidate.modelId),
      ...(route.fallbacks ?? []),
    ]
    // Where the family rules lead, `check_registry` below looks.
    const byFamily = route.fallbacks === null ? ids : []
    expect(
      [...reachable, ...byFamily].some((id) => byId.get(id)?.model.enabled === true),
      route.name,
    ).toBe(true)
    if (route.target !== null) expect(byId.has(route.target), route.name).toBe(true)
  }
  const { rows } = await database.query(
    `SELECT count(*) AS stale FROM pointsman.kept_model_columns AS kept JOIN bedrock_models AS model USING (model_id)
     WHERE (model.use_case, model.is_default, model.input_cost_per_mtok, model.output_cost_per_mtok)
       IS DISTINCT FROM (kept.use_case, kept.is_default, kept.input_cost_per_mtok, kept.output_cost_per_mtok)`,
  )
  expect(rows).toEqual([{ stale: 0 }])
  // A transaction is held to the rules where it touched the registry; the whole must then be as it should.
  await database.query('SELECT pointsman.check_registry()')
  const leftovers = await database.query(
    `SELECT (SELECT count(*) FROM pointsman.unsettled_edits) + (SELECT count(*) FROM pointsman.route_edits)
       + (SELECT count(*) FROM pointsman.fitness_edits) AS left`,
  )
  expect(leftovers.rows).toEqual([{ left: 0 }])
}

onBothDatabases('any sequence of direct edits', (registry) => {
  test('keeps the invariants, and the log explains every target', async () => {
    const database = registry.database()
    let known = await targetsOf(database)
    let sequence = 0
    const transactions = fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(transactions, async (edits) => {
        for (const statements of edits) {
          await database
            .transaction({ purpose: 'sql', role: 'service_role', claims: null }, async (transaction) => {
              for (const text of statements) await attempt(transaction, text)
            })
            .catch((error: unknown) => {
              // Only our own refusals, which name what is wrong; anything else is a fault of the triggers.
              if (!(error instanceof PointsmanError)) throw error
              expect(['last_usable_model', 'model_not_found', 'refused']).toContain(error.code)
            })
          await checkInvariants(database)
          const present = await targetsOf(database)
          const { data } = await listSwitches(database, { limit: 50, cursor: null })
          const made = data.filter(({ record }) => record.sequence > sequence)
          sequence = data[0]?.record.sequence ?? 0
          const moved = Object.keys(present).filter((name) => present[name] !== known[name])
          const scopes = made.map(({ record }) => ('name' in record.scope ? record.scope.name : 'default'))
          expect(scopes.sort()).toEqual(moved.sort())
          known = present
        }
      }),
      { numRuns: 25 },
    )
    expect(await verifyChain(database)).toMatchObject({ valid: true, count: sequence })
  }, 90_000)
})
