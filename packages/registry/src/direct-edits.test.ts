import { priceId } from '@pointsman/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Database } from './database.ts'
import { findModel, listModels } from './models.ts'
import { addPrices, listPrices } from './prices.ts'
import { latestRevision, revisionsToPublish } from './revisions.ts'
import { findRoute, listRoutes } from './routes.ts'
import { listSwitches } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import {
  edit,
  newHaiku,
  newSonnet,
  novaLite,
  novaMicro,
  novaPro,
  oldSonnet,
  price,
  sampleRoutes,
  testActor,
} from './testing/sample-registry.ts'
import { upsertRoutes } from './routes.ts'
import { matching } from './testing/matching.ts'

const targets = async (database: Database): Promise<{ readonly [name: string]: string | null }> =>
  Object.fromEntries((await listRoutes(database)).map(({ route }) => [route.name, route.target]))

const defaults = async (database: Database): Promise<readonly string[]> =>
  (await listModels(database)).filter((row) => row.isDefault).map((row) => row.model.id)

onBothDatabases('a direct edit', (registry) => {
  /** Switches since the test began, oldest first. */
  let since = 0
  const newSwitches = async () => {
    const { data } = await listSwitches(registry.database(), { limit: 20, cursor: null })
    return data.filter(({ record }) => record.sequence > since).reverse()
  }

  beforeEach(async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await transaction.query('UPDATE public.bedrock_models SET is_available = true')
      await upsertRoutes(transaction, sampleRoutes)
    })
    const { data } = await listSwitches(database, { limit: 1, cursor: null })
    since = data[0]?.record.sequence ?? 0
  })

  test('the kept columns say what routes, lists and prices say', async () => {
    const rows = new Map((await listModels(registry.database())).map((row) => [row.model.id, row]))
    expect(rows.get(novaPro)).toMatchObject({
      isDefault: true,
      useCase: 'platform',
      inputCostPerMTok: 1.05,
      outputCostPerMTok: 4.2,
    })
    expect(rows.get(newSonnet)).toMatchObject({ isDefault: false, useCase: 'clinical' })
    expect(rows.get(novaLite)).toMatchObject({ useCase: 'health', inputCostPerMTok: 0.078 })
    expect(rows.get(novaMicro)?.useCase).toBe('operations')
    expect(rows.get(oldSonnet)?.useCase).toBe('clinical')
  })

  test('of is_default is a switch of the default route, recorded with its role', async () => {
    const database = registry.database()
    const before = await latestRevision(database)
    await edit(database, `UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaLite}'`, {
      sub: 'ada',
    })
    expect(await defaults(database)).toEqual([novaLite])
    const [made, ...more] = await newSwitches()
    expect(more).toEqual([])
    expect(made?.record).toMatchObject({
      actor: { kind: 'database-role', id: 'service_role' },
      action: 'manual_switch',
      type: 'manual',
      scope: { kind: 'global' },
      from: novaPro,
      to: novaLite,
      fromName: 'Amazon Nova Pro',
      toName: 'Amazon Nova Lite',
      evidence: { door: 'sql', subject: 'ada' },
    })
    expect(made?.state).toBe('recorded')
    expect(made?.record.revision?.number).toBe((before?.number ?? 0) + 1)
    expect((await findRoute(database, { kind: 'default', name: 'default' }))?.route.switchId).toBe(
      made?.record.id,
    )
    expect(await revisionsToPublish(database)).toContainEqual(made?.record.revision)
  })

  test('that takes the default away gives it to the next enabled model by priority', async () => {
    const database = registry.database()
    await edit(database, `UPDATE bedrock_models SET is_default = false WHERE model_id = '${novaPro}'`)
    expect(await defaults(database)).toEqual([novaLite])
    expect((await newSwitches()).map(({ record }) => [record.from, record.to])).toEqual([[novaPro, novaLite]])
  })

  test('that takes the default away in one statement and gives it in the next is one change', async () => {
    const database = registry.database()
    await database.transaction(
      { purpose: 'sql', role: 'service_role', claims: null },
      async (transaction) => {
        await transaction.query(`UPDATE bedrock_models SET is_default = false WHERE model_id = '${novaPro}'`)
        await transaction.query(`UPDATE bedrock_models SET is_default = true WHERE model_id = '${newSonnet}'`)
      },
    )
    expect((await newSwitches()).map(({ record }) => [record.from, record.to])).toEqual([
      [novaPro, newSonnet],
    ])
  })

  test('that gives the default and takes it back leaves no record', async () => {
    const database = registry.database()
    await database.transaction(
      { purpose: 'sql', role: 'service_role', claims: null },
      async (transaction) => {
        await transaction.query(`UPDATE bedrock_models SET is_default = true WHERE model_id = '${newSonnet}'`)
        await transaction.query(`UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaPro}'`)
      },
    )
    expect(await newSwitches()).toEqual([])
  })

  test('that names two defaults, or a default that it switches off, is refused', async () => {
    const database = registry.database()
    await expect(edit(database, 'UPDATE bedrock_models SET is_default = true')).rejects.toMatchObject({
      code: 'refused',
      message: matching(/one model can be the default/),
    })
    await expect(
      edit(
        database,
        `UPDATE bedrock_models SET is_default = true, is_available = false WHERE model_id = '${novaLite}'`,
      ),
    ).rejects.toMatchObject({ code: 'last_usable_model' })
    expect(await defaults(database)).toEqual([novaPro])
  })

  test('that names a disabled model as default enables it', async () => {
    const database = registry.database()
    await edit(database, `UPDATE bedrock_models SET is_available = false WHERE model_id = '${newHaiku}'`)
    await edit(database, `UPDATE bedrock_models SET is_default = true WHERE model_id = '${newHaiku}'`)
    expect((await findModel(database, newHaiku))?.model.enabled).toBe(true)
    expect(await defaults(database)).toEqual([newHaiku])
  })

  test('that switches a model off moves every route that had it as target', async () => {
    const database = registry.database()
    await edit(database, `UPDATE bedrock_models SET is_available = false WHERE model_id = '${newSonnet}'`)
    expect(await targets(database)).toMatchObject({ clinical: newHaiku, default: novaPro, platform: null })
    expect((await newSwitches()).map(({ record }) => [record.scope, record.from, record.to])).toEqual([
      [{ kind: 'use-case', name: 'clinical' }, newSonnet, newHaiku],
    ])
  })

  test('that leaves a route no usable candidate is refused, naming the route and the way out', async () => {
    const database = registry.database()
    await expect(
      edit(
        database,
        `UPDATE bedrock_models SET is_available = false WHERE model_id IN ('${novaLite}', '${novaMicro}', '${novaPro}')`,
      ),
    ).rejects.toMatchObject({
      code: 'last_usable_model',
      message: matching(/health, use-case\/operations.*UPDATE ai_assistants/),
      details: { data: { routes: ['use-case/health', 'use-case/operations'] } },
    })
    await expect(edit(database, 'UPDATE bedrock_models SET is_available = false')).rejects.toMatchObject({
      code: 'last_usable_model',
    })
    expect((await listModels(database, { enabledOnly: true })).length).toBe(6)
  })

  test('is judged at the end of its transaction', async () => {
    const database = registry.database()
    await database.transaction(
      { purpose: 'sql', role: 'service_role', claims: null },
      async (transaction) => {
        await transaction.query('UPDATE bedrock_models SET is_available = false')
        await transaction.query(
          `UPDATE bedrock_models SET is_available = true WHERE model_id IN ('${novaPro}', '${newHaiku}')`,
        )
      },
    )
    expect(await defaults(database)).toEqual([novaPro])
    expect((await findRoute(database, { kind: 'use-case', name: 'health' }))?.route.candidates.length).toBe(3)
  })

  test('of use_case puts the model first in that list, and NULL takes it out of all', async () => {
    const database = registry.database()
    const list = async (name: string) =>
      (await findRoute(database, { kind: 'use-case', name }))?.route.candidates.map(
        (candidate) => candidate.modelId,
      )
    await edit(database, `UPDATE bedrock_models SET use_case = 'clinical' WHERE model_id = '${oldSonnet}'`)
    expect(await list('clinical')).toEqual([oldSonnet, newSonnet, newHaiku, novaPro])
    await edit(database, `UPDATE bedrock_models SET use_case = 'operations' WHERE model_id = '${novaLite}'`)
    expect(await list('operations')).toEqual([novaLite, novaMicro, novaPro])
    expect((await findModel(database, novaLite))?.useCase).toBe('operations')
    await edit(database, `UPDATE bedrock_models SET use_case = NULL WHERE model_id = '${novaLite}'`)
    expect([await list('operations'), await list('health')]).toEqual([
      [novaMicro, novaPro],
      [novaMicro, novaPro],
    ])
    expect((await findModel(database, novaLite))?.useCase).toBeNull()
    await expect(
      edit(database, `UPDATE bedrock_models SET use_case = 'surgery' WHERE model_id = '${novaLite}'`),
    ).rejects.toMatchObject({
      code: 'route_not_found',
      message: matching(/clinical, health, operations, platform/),
    })
  })

  test('of the costs leaves what the columns cannot say as it was', async () => {
    const database = registry.database()
    const tiers = [{ ...price('t', 2, 8), inputTokensAbove: 200_000 }]
    const serviceTiers = [{ ...price('t', 3, 12), serviceTier: 'priority' }]
    const rich = price(newSonnet, 3, 15, {
      ...{ id: priceId('rich'), effectiveFromMs: Date.now() - 60_000, cacheReadPicoUsd: 300_000 },
      ...{ tiers, serviceTiers },
    })
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      addPrices(transaction, [rich]),
    )
    await edit(
      database,
      `UPDATE bedrock_models SET input_cost_per_mtok = 3.5 WHERE model_id = '${newSonnet}'`,
    )
    const [{ tiers: kept, serviceTiers: keptOfServices, ...row } = rich] = (
      await listPrices(database, { modelId: newSonnet })
    ).toReversed()
    expect(row).toMatchObject({
      inputPicoUsd: 3_500_000,
      outputPicoUsd: 15_000_000,
      cacheReadPicoUsd: 300_000,
    })
    expect({ kept, keptOfServices }).toMatchObject({ kept: tiers, keptOfServices: serviceTiers })
  })

  test('of the costs adds a dated price and keeps the old one', async () => {
    const database = registry.database()
    const before = await listPrices(database, { modelId: newHaiku })
    await edit(
      database,
      `UPDATE bedrock_models SET input_cost_per_mtok = 1.25, output_cost_per_mtok = 6 WHERE model_id = '${newHaiku}'`,
    )
    await edit(database, `UPDATE bedrock_models SET input_cost_per_mtok = 1.5 WHERE model_id = '${newHaiku}'`)
    const after = await listPrices(database, { modelId: newHaiku })
    expect(after.slice(0, before.length)).toEqual(before)
    expect(
      after.slice(before.length).map((row) => [row.inputPicoUsd, row.outputPicoUsd, row.region]),
    ).toEqual([
      [1_250_000, 6_000_000, 'eu-central-1'],
      [1_500_000, 6_000_000, 'eu-central-1'],
    ])
    expect(await findModel(database, newHaiku)).toMatchObject({ inputCostPerMTok: 1.5, outputCostPerMTok: 6 })
    await expect(
      edit(database, `UPDATE bedrock_models SET input_cost_per_mtok = -1 WHERE model_id = '${newHaiku}'`),
    ).rejects.toMatchObject({ code: 'refused' })
  })

  test('of plain facts bumps the model’s revision and records no switch', async () => {
    const database = registry.database()
    await edit(
      database,
      `UPDATE bedrock_models SET max_tokens = 8000, priority = 15 WHERE model_id = '${novaLite}'`,
    )
    const revision = await latestRevision(database)
    expect(await findModel(database, novaLite)).toMatchObject({
      model: { maxOutputTokens: 8000, priority: 15 },
      revision: revision?.number,
    })
    expect(await newSwitches()).toEqual([])
    await edit(database, `UPDATE bedrock_models SET priority = 15 WHERE model_id = '${novaLite}'`)
    expect(await latestRevision(database)).toEqual(revision)
  })

  test('of ai_assistants is a switch of that use case', async () => {
    const database = registry.database()
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
    )
    await edit(database, `UPDATE ai_assistants SET model_version = NULL WHERE assistant_type = 'health'`)
    expect(
      (await newSwitches()).map(({ record, state }) => [record.scope, record.from, record.to, state]),
    ).toEqual([
      [{ kind: 'use-case', name: 'health' }, novaLite, novaPro, 'superseded'],
      [{ kind: 'use-case', name: 'health' }, novaPro, novaPro, 'recorded'],
    ])
    expect((await findRoute(database, { kind: 'use-case', name: 'health' }))?.route.target).toBeNull()
    const { rows } = await database.query(
      `SELECT model_version, inherits_default FROM ai_assistants WHERE assistant_type = 'health'`,
    )
    expect(rows).toEqual([{ model_version: novaPro, inherits_default: true }])
    await expect(
      edit(database, `UPDATE ai_assistants SET model_version = 'nova-9' WHERE assistant_type = 'health'`),
    ).rejects.toMatchObject({ code: 'model_not_found' })
  })

  test('of ai_conversations pins the conversation and is recorded', async () => {
    const database = registry.database()
    await edit(
      database,
      `INSERT INTO ai_conversations (id, user_id, use_case) VALUES ('conv-sql', 'ada', 'clinical')`,
    )
    expect(await newSwitches()).toEqual([])
    await edit(database, `UPDATE ai_conversations SET model_id = '${novaLite}' WHERE id = 'conv-sql'`)
    await edit(database, `UPDATE ai_conversations SET model_id = NULL WHERE id = 'conv-sql'`)
    const scope = {
      kind: 'conversation',
      workspace: 'default',
      id: 'conv-sql',
      userId: 'ada',
      useCase: 'clinical',
    }
    expect((await newSwitches()).map(({ record }) => [record.scope, record.from, record.to])).toEqual([
      [scope, null, novaLite],
      [scope, novaLite, null],
    ])
    await expect(
      edit(database, `UPDATE ai_conversations SET model_id = 'nova-9' WHERE id = 'conv-sql'`),
    ).rejects.toMatchObject({ code: 'model_not_found' })
    await expect(
      edit(database, `UPDATE ai_conversations SET created_at = now() WHERE id = 'conv-sql'`),
    ).rejects.toThrow(/only user_id, use_case and model_id/)
  })

  test('announces its revision by epoch and number only, once', async () => {
    const database = registry.database()
    const heard: (string | null)[] = []
    const stop = await database.listen('pointsman_revision', (payload) => heard.push(payload))
    await edit(
      database,
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'operations'`,
    )
    const revision = await latestRevision(database)
    await expect.poll(() => heard.length).toBeGreaterThan(0)
    await stop()
    expect(heard).toEqual([`${revision?.epoch}.${revision?.number}`])
  })

  test('may say why', async () => {
    const database = registry.database()
    await database.transaction(
      { purpose: 'sql', role: 'service_role', claims: null },
      async (transaction) => {
        await transaction.query(`SET LOCAL pointsman.reason = 'Ticket 42'`)
        await transaction.query(
          `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'operations'`,
        )
      },
    )
    expect((await newSwitches())[0]?.record.reason).toBe('Ticket 42')
  })

  test('cannot pass itself off as the API’s', async () => {
    const database = registry.database()
    await database.transaction(
      { purpose: 'sql', role: 'service_role', claims: null },
      async (transaction) => {
        await transaction.query(`SET LOCAL pointsman.actor = '{"kind":"service","id":"service"}'`)
        await transaction.query(
          `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'operations'`,
        )
      },
    )
    expect((await newSwitches())[0]?.record.actor).toEqual({ kind: 'database-role', id: 'service_role' })
  })

  describe('is refused', () => {
    test('where it would rename, truncate or remove what is in use', async () => {
      const database = registry.database()
      await expect(
        edit(database, `UPDATE bedrock_models SET model_id = 'x' WHERE model_id = '${novaPro}'`),
      ).rejects.toThrow(/cannot be renamed/)
      await expect(
        edit(database, `DELETE FROM bedrock_models WHERE model_id = '${novaPro}'`),
      ).rejects.toMatchObject({
        code: 'refused',
        message: matching(/default, use-case\/clinical/),
      })
      await expect(database.query('TRUNCATE pointsman.routes CASCADE')).rejects.toThrow(/refused/)
      await expect(
        edit(database, `DELETE FROM pointsman.routes WHERE kind = 'default'`),
      ).rejects.toMatchObject({
        code: 'last_usable_model',
      })
      await expect(database.query('DELETE FROM pointsman.prices')).rejects.toThrow(/never changed or removed/)
    })
  })
})
