import { modelId } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { refreshCosts, upsertModels } from './models.ts'
import { findRoute, setRouteTarget, upsertRoutes } from './routes.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, model, novaLite, novaPro, route, testActor } from './testing/sample-registry.ts'

onBothDatabases('a route whose only model has come to its end under the rule "block"', (registry) => {
  beforeAll(async () => {
    await registry.database().transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
      await upsertModels(transaction, [
        model('ended', { lifecycle: { status: 'active', endsOn: '2020-01-01', replacement: null } }),
      ])
      await upsertRoutes(transaction, [
        route('aged', {
          kind: 'agent',
          target: modelId('ended'),
          fallbacks: [],
          lifecycleRule: 'block',
        }),
      ])
    })
  })

  test.each([
    ['of no row at all', 'UPDATE bedrock_models SET is_available = true WHERE false'],
    ['of another model', `UPDATE bedrock_models SET priority = 12 WHERE model_id = '${novaPro}'`],
    [
      'of another route',
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
    ],
    ['of a list', `UPDATE bedrock_models SET use_case = 'health' WHERE model_id = '${novaPro}'`],
    ['of a cost', `UPDATE bedrock_models SET input_cost_per_mtok = 2 WHERE model_id = '${novaPro}'`],
  ])('refuses no edit %s', async (_what, statement) => {
    await edit(registry.database(), statement)
  })

  test('stops neither the API’s switch of another route nor the hourly costs', async () => {
    const database = registry.database()
    const health = { kind: 'use-case', name: 'health' } as const
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      setRouteTarget(transaction, { ...health, target: novaLite, switchId: null }),
    )
    expect((await findRoute(database, health))?.route.target).toBe(novaLite)
    await database.query(
      `INSERT INTO pointsman.prices (id, model_id, region, effective_from, input_pico_usd, source, source_date)
       SELECT 'soon', '${novaLite}', 'eu-central-1', pointsman.now_ms() + interval '500 ms', 5, 'test', '2026-01-01'`,
    )
    await database.query('SELECT pg_sleep(0.6)')
    expect(await refreshCosts(database)).toBe(1)
  })

  test('an edit that leaves another route without a model is refused as ever', async () => {
    await expect(
      edit(registry.database(), `UPDATE bedrock_models SET is_available = false WHERE model_id <> 'ended'`),
    ).rejects.toMatchObject({ code: 'last_usable_model' })
  })
})
