import { modelId } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { deleteAlias, findAlias, pageOfAliases, upsertAlias, upsertAliases } from './aliases.ts'
import type { Database, Transaction } from './database.ts'
import { listFallbackRules, upsertFallbackRules } from './fallback-rules.ts'
import { findModel, listModels, refreshCosts, setModelEnabled, updateModel, upsertModels } from './models.ts'
import { addPrices, currentPrices, listPrices } from './prices.ts'
import { latestRevision } from './revisions.ts'
import { deleteRole, listRoles, upsertRoles } from './roles.ts'
import {
  deleteRoute,
  findRoute,
  listRoutes,
  setCandidates,
  setRouteTarget,
  updateRoute,
  upsertRoutes,
} from './routes.ts'
import { readSetting, writeSetting } from './settings.ts'
import { listSwitches } from './switches.ts'
import { onBothDatabases } from './testing/databases.ts'
import {
  fillRegistry,
  model,
  newHaiku,
  newSonnet,
  novaLite,
  novaMicro,
  novaPro,
  price,
  route,
  sampleModels,
  sampleRoutes,
  testActor,
} from './testing/sample-registry.ts'
import { matching } from './testing/matching.ts'

const change = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> => database.transaction({ purpose: 'registry', actor: testActor }, work)

onBothDatabases('the catalogue', (registry) => {
  test('reads back what was written, and writing it again makes no revision', async () => {
    const database = registry.database()
    const models = (await listModels(database)).map((row) => row.model)
    expect(models).toEqual(sampleModels)
    expect((await listRoutes(database)).map((row) => row.route)).toEqual([
      sampleRoutes[0],
      ...sampleRoutes.slice(1).sort((one, other) => (one.name < other.name ? -1 : 1)),
    ])
    const before = await latestRevision(database)
    await fillRegistry(database)
    expect(await latestRevision(database)).toEqual(before)
  })

  test('an import keeps what the operator switched off', async () => {
    const database = registry.database()
    const changed = await change(database, async (transaction) => {
      await upsertModels(transaction, [model('m-1', { enabled: true })])
      await setModelEnabled(transaction, modelId('m-1'), false)
      return upsertModels(transaction, [model('m-1', { enabled: true, name: 'Renamed' })])
    })
    expect(changed).toBe(1)
    expect((await findModel(database, 'm-1'))?.model).toMatchObject({ enabled: false, name: 'Renamed' })
    expect(await findModel(database, 'none')).toBeNull()
  })

  test('the API’s edits share one revision and leave the recording to the API', async () => {
    const database = registry.database()
    const before = await latestRevision(database)
    await change(database, async (transaction) => {
      await setRouteTarget(transaction, {
        kind: 'use-case',
        name: 'health',
        target: novaMicro,
        switchId: 'sw-1',
      })
      await setCandidates(transaction, { kind: 'use-case', name: 'health' }, [
        { modelId: novaMicro, weight: 2 },
      ])
      await updateRoute(
        transaction,
        { kind: 'use-case', name: 'health' },
        { residency: ['eu-central-1', 'eu-west-1'], fallbacks: [novaPro] },
      )
      await updateModel(transaction, novaMicro, { name: 'Micro', priority: 31, maxOutputTokens: null })
    })
    const number = (before?.number ?? 0) + 1
    expect((await latestRevision(database))?.number).toBe(number)
    expect(await findRoute(database, { kind: 'use-case', name: 'health' })).toEqual({
      route: route('health', {
        target: novaMicro,
        candidates: [{ modelId: novaMicro, weight: 2 }],
        objective: 'cost',
        residency: ['eu-central-1', 'eu-west-1'],
        fallbacks: [novaPro],
        switchId: 'sw-1',
      }),
      revision: number,
    })
    expect(await findModel(database, novaMicro)).toMatchObject({
      model: { name: 'Micro', priority: 31, maxOutputTokens: null },
      revision: number,
    })
    expect((await listSwitches(database, { limit: 1, cursor: null })).data).toEqual([])
  })

  test('switching a model off tells which routes it moved, or refuses and names them', async () => {
    const database = registry.database()
    const moves = await change(database, (transaction) => setModelEnabled(transaction, newSonnet, false))
    expect(moves).toEqual({
      changed: true,
      moves: [{ kind: 'use-case', name: 'clinical', from: newSonnet, to: newHaiku }],
    })
    expect(await change(database, (transaction) => setModelEnabled(transaction, newSonnet, true))).toEqual({
      changed: true,
      moves: [],
    })
    expect(await change(database, (transaction) => setModelEnabled(transaction, newSonnet, true))).toEqual({
      changed: false,
      moves: [],
    })
    await change(database, (transaction) =>
      upsertRoutes(transaction, [route('lonely', { kind: 'agent', target: novaLite, fallbacks: [] })]),
    )
    await expect(
      change(database, (transaction) => setModelEnabled(transaction, novaLite, false)),
    ).rejects.toMatchObject({ code: 'last_usable_model', details: { data: { routes: ['agent/lonely'] } } })
    await expect(
      change(database, (transaction) => setModelEnabled(transaction, modelId('x'), false)),
    ).rejects.toMatchObject({
      code: 'model_not_found',
    })
    expect(
      await change(database, (transaction) => deleteRoute(transaction, { kind: 'agent', name: 'lonely' })),
    ).toBe(true)
    expect(
      await change(database, (transaction) => deleteRoute(transaction, { kind: 'agent', name: 'lonely' })),
    ).toBe(false)
  })

  test('a route whose fallbacks are the family’s goes to the newest live member', async () => {
    const database = registry.database()
    await change(database, (transaction) =>
      upsertRoutes(transaction, [route('by-family', { kind: 'agent', target: newSonnet })]),
    )
    const { moves } = await change(database, (transaction) => setModelEnabled(transaction, newSonnet, false))
    expect(moves).toContainEqual({ kind: 'agent', name: 'by-family', from: newSonnet, to: newHaiku })
    await change(database, async (transaction) => {
      await setModelEnabled(transaction, newSonnet, true)
      await deleteRoute(transaction, { kind: 'agent', name: 'by-family' })
    })
  })

  test('a route with a residency rule is left no model that may run elsewhere', async () => {
    const database = registry.database()
    await change(database, (transaction) =>
      upsertModels(transaction, [model('us-only', { destinationRegions: ['us-east-1'] })]),
    )
    await expect(
      change(database, (transaction) =>
        upsertRoutes(transaction, [
          route('german', { kind: 'agent', target: modelId('us-only'), residency: ['eu-central-1'] }),
        ]),
      ),
    ).rejects.toMatchObject({ code: 'last_usable_model' })
  })

  test('what a date did to one route refuses no edit of another', async () => {
    const database = registry.database()
    const blocked = route('blocked', {
      kind: 'agent',
      target: modelId('ends'),
      fallbacks: [],
      lifecycleRule: 'block',
    })
    await change(database, async (transaction) => {
      await upsertModels(transaction, [
        model('ends', { lifecycle: { status: 'active', endsOn: '2020-01-01', replacement: null } }),
      ])
      await upsertRoutes(transaction, [blocked])
    })
    await change(database, (transaction) => updateModel(transaction, novaPro, { priority: 11 }))
    const ended = model('ends', { lifecycle: { status: 'eol', endsOn: '2020-01-01', replacement: null } })
    await expect(change(database, (transaction) => upsertModels(transaction, [ended]))).rejects.toMatchObject(
      { code: 'last_usable_model', details: { data: { routes: ['agent/blocked'] } } },
    )
    await change(database, (transaction) => deleteRoute(transaction, { kind: 'agent', name: 'blocked' }))
  })

  test('a route without a model of the catalogue is refused at the commit', async () => {
    await expect(
      change(registry.database(), (transaction) =>
        upsertRoutes(transaction, [route('wrong', { kind: 'agent', target: modelId('no-such') })]),
      ),
    ).rejects.toMatchObject({ code: 'model_not_found', message: matching(/agent\/wrong/) })
    await expect(
      change(registry.database(), (transaction) =>
        setRouteTarget(transaction, { kind: 'agent', name: 'none', target: null, switchId: null }),
      ),
    ).rejects.toMatchObject({ code: 'route_not_found' })
  })

  describe('prices', () => {
    const later = Date.UTC(2036, 0, 1)
    const rates = { cacheReadPicoUsd: 437_500, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null }
    const priority = {
      ...{ ...rates, serviceTier: 'priority', inputPicoUsd: 1_750_000, outputPicoUsd: 7_000_000 },
      tiers: [{ ...rates, inputTokensAbove: 200_000, inputPicoUsd: 3_500_000, outputPicoUsd: 14_000_000 }],
    }

    test('are added once, dated, and never edited', async () => {
      const database = registry.database()
      const rows = [
        price(novaPro, 1, 4, {
          id: price('next', 0, 0).id,
          effectiveFromMs: later,
          tiers: [{ ...price('t', 2, 8), inputTokensAbove: 200_000 }],
          serviceTiers: [priority],
        }),
        price(novaPro, 1.2, 4.4, { id: price('other-region', 0, 0).id, region: 'us-east-1' }),
      ]
      expect(await change(database, (transaction) => addPrices(transaction, rows))).toBe(2)
      expect(await change(database, (transaction) => addPrices(transaction, rows))).toBe(0)
      expect(
        (await listPrices(database, { modelId: novaPro, region: 'us-east-1' })).map(
          (row) => row.inputPicoUsd,
        ),
      ).toEqual([1_200_000])
      const now = await currentPrices(database, { nowMs: Date.now(), modelId: novaPro })
      expect(now.map((row) => [row.region, row.inputPicoUsd])).toEqual([
        ['eu-central-1', 1_050_000],
        ['us-east-1', 1_200_000],
      ])
      const then = await currentPrices(database, { nowMs: later, modelId: novaPro })
      expect(then.map((row) => row.inputPicoUsd)).toEqual([1_000_000, 1_200_000])
      expect(then[0]?.serviceTiers).toEqual([priority])
      expect(then[1]).not.toHaveProperty('serviceTiers')
      const others = rows.map((row) => ({ ...row, serviceTiers: [{ ...priority, inputPicoUsd: 1_750_001 }] }))
      await expect(change(database, (transaction) => addPrices(transaction, others))).rejects.toMatchObject({
        code: 'refused',
        message: matching(/never edited/),
      })
    })

    test('that would change, are impossible or name no model are refused whole', async () => {
      const database = registry.database()
      const before = await listPrices(database)
      for (const [wrong, words] of [
        [price(novaPro, 9, 9), /never edited/],
        [price('no-such', 1, 1), /does not have: no-such/],
        [price(novaMicro, -1, 1, { effectiveFromMs: later }), /whole number/],
        [price(novaMicro, Number.NaN, 1, { effectiveFromMs: later }), /whole number/],
        [
          price(novaMicro, 1, 1, {
            effectiveFromMs: later,
            tiers: [{ ...price('t', -2, 8), inputTokensAbove: 1 }],
          }),
          /whole number/,
        ],
        [
          price(novaMicro, 1, 1, {
            effectiveFromMs: later,
            serviceTiers: [
              {
                ...priority,
                tiers: [{ ...rates, inputPicoUsd: 0.5, outputPicoUsd: 8, inputTokensAbove: 1 }],
              },
            ],
          }),
          /rate 0\.5/,
        ],
      ] as const) {
        const good = price(novaLite, 1, 1, { id: price('good', 0, 0).id, effectiveFromMs: later })
        await expect(
          change(database, (transaction) => addPrices(transaction, [good, wrong])),
        ).rejects.toMatchObject({
          code: 'refused',
          message: matching(words),
        })
      }
      expect(await listPrices(database)).toEqual(before)
    })

    test('show today’s in the server’s region, and follow its setting', async () => {
      const database = registry.database()
      await writeSetting(database, 'region', 'us-east-1')
      expect(await findModel(database, novaPro)).toMatchObject({
        inputCostPerMTok: 1.2,
        outputCostPerMTok: 4.4,
      })
      expect((await findModel(database, novaLite))?.inputCostPerMTok).toBeNull()
      await change(database, (transaction) =>
        addPrices(transaction, [price(novaLite, 0.5, 1, { id: price('everywhere', 0, 0).id, region: '*' })]),
      )
      expect((await findModel(database, novaLite))?.inputCostPerMTok).toBe(0.5)
      await writeSetting(database, 'region', 'eu-central-1')
      expect(await findModel(database, novaPro)).toMatchObject({
        inputCostPerMTok: 1.05,
        outputCostPerMTok: 4.2,
      })
      expect(await readSetting(database, 'region')).toBe('eu-central-1')
    })

    test('take effect when their date has come, without a revision', async () => {
      const database = registry.database()
      const soonMs = Date.now() + 3_000
      await change(database, (transaction) =>
        addPrices(transaction, [
          price(newHaiku, 2, 9, { id: price('soon', 0, 0).id, effectiveFromMs: soonMs }),
        ]),
      )
      expect((await findModel(database, newHaiku))?.inputCostPerMTok).toBe(1.1)
      const before = await latestRevision(database)
      await new Promise((resolve) => setTimeout(resolve, soonMs - Date.now() + 20))
      expect(await refreshCosts(database)).toBe(1)
      expect((await findModel(database, newHaiku))?.inputCostPerMTok).toBe(2)
      expect(await latestRevision(database)).toEqual(before)
    })
  })

  test('aliases, roles and fallback rules are kept, changed and removed', async () => {
    const database = registry.database()
    await change(database, async (transaction) => {
      await upsertAlias(transaction, { name: 'gpt-4', target: 'use-case/clinical' })
      await upsertAliases(transaction, [
        { name: 'gpt-4', target: novaPro },
        { name: 'fast', target: novaMicro },
      ])
    })
    const [fast, gpt] = [
      { name: 'fast', target: novaMicro },
      { name: 'gpt-4', target: novaPro },
    ]
    const first = await pageOfAliases(database, { limit: 1, cursor: null })
    const rest = await pageOfAliases(database, { limit: 1, cursor: first.nextCursor })
    expect([...first.data, ...rest.data].map(({ alias }) => alias)).toEqual([fast, gpt])
    expect(rest.nextCursor).toBe(null)
    const ofPro = await pageOfAliases(database, { target: novaPro, limit: 9, cursor: null })
    expect(ofPro.data).toEqual([await findAlias(database, 'gpt-4')])
    expect(await change(database, (transaction) => deleteAlias(transaction, 'fast'))).toBe(true)
    await change(database, (transaction) =>
      upsertRoles(transaction, [{ name: 'patient', useCase: 'platform' }]),
    )
    expect((await listRoles(database)).find((role) => role.name === 'patient')?.useCase).toBe('platform')
    expect(await change(database, (transaction) => deleteRole(transaction, 'nobody'))).toBe(false)
    const rules = await listFallbackRules(database)
    expect(rules[0]).toEqual({ family: 'claude', tier: 'sonnet', toFamily: 'claude', toTier: 'haiku' })
    const titan = { family: 'titan', tier: null, toFamily: 'nova', toTier: 'lite' }
    expect(await change(database, (transaction) => upsertFallbackRules(transaction, [titan]))).toBe(1)
    expect(await listFallbackRules(database)).toContainEqual(titan)
  })
})

onBothDatabases(
  'an empty registry',
  (registry) => {
    test('takes models without a default, and a default from SQL', async () => {
      const database = registry.database()
      expect(await latestRevision(database)).toBeNull()
      await change(database, (transaction) => upsertModels(transaction, sampleModels))
      expect(await listRoutes(database)).toEqual([])
      await expect(
        change(database, (transaction) => upsertRoutes(transaction, [route('early')])),
      ).rejects.toMatchObject({
        code: 'last_usable_model',
        message: matching(/no default route/),
      })
      await database.query(
        `INSERT INTO bedrock_models (model_id, model_name, provider, format, is_default, input_cost_per_mtok, output_cost_per_mtok)
         VALUES ('own', 'Own', 'me', 'openai', true, 0.5, 1.5)`,
      )
      expect(await findModel(database, 'own')).toMatchObject({
        isDefault: true,
        inputCostPerMTok: 0.5,
        model: { upstreamId: 'own', provider: 'bedrock', abilities: { tools: null } },
      })
      const { data } = await listSwitches(database, { limit: 5, cursor: null })
      expect(data.map(({ record }) => [record.from, record.to, record.actor.kind])).toEqual([
        [null, 'own', 'database-role'],
      ])
    })
  },
  { filled: false },
)
