import { modelId } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { setModelEnabled, upsertModels } from './models.ts'
import { findRoute, upsertRoutes } from './routes.ts'
import { onBothDatabases } from './testing/databases.ts'
import { matching } from './testing/matching.ts'
import { edit, model, novaLite, novaMicro, novaPro, route, testActor } from './testing/sample-registry.ts'

const embedder = modelId('text-embedding-3-small')

onBothDatabases('an embedding model', (registry) => {
  const change = <Result>(
    work: (transaction: Parameters<typeof upsertModels>[0]) => Promise<Result>,
  ): Promise<Result> => registry.database().transaction({ purpose: 'registry', actor: testActor }, work)

  beforeAll(async () => {
    await change(async (transaction) => {
      await upsertModels(transaction, [model(embedder, { purpose: 'embedding' })])
      await upsertRoutes(transaction, [
        route('plain', { target: novaLite, fallbacks: [] }),
        route('plain', { kind: 'agent', target: novaLite, fallbacks: [] }),
      ])
    })
    await edit(registry.database(), `INSERT INTO ai_conversations (id) VALUES ('chatting')`)
  })

  test.each([
    ['default', `UPDATE bedrock_models SET is_default = true WHERE model_id = '${embedder}'`],
    [
      'use-case/plain',
      `UPDATE ai_assistants SET model_version = '${embedder}' WHERE assistant_type = 'plain'`,
    ],
    [
      'agent/plain',
      `UPDATE pointsman.routes SET target_model_id = '${embedder}' WHERE kind = 'agent' AND name = 'plain'`,
    ],
  ])('is no target of %s, which has nothing else', async (key, statement) => {
    await expect(edit(registry.database(), statement)).rejects.toMatchObject({
      code: 'last_usable_model',
      details: { data: { routes: [key] } },
    })
  })

  test('is nothing that a route goes to when its target is switched off', async () => {
    const wrong = route('wrongly-listed', {
      ...{ target: novaMicro, candidates: [{ modelId: embedder, weight: 1 }] },
      fallbacks: [embedder],
    })
    await change((transaction) => upsertRoutes(transaction, [wrong]))
    await expect(
      change((transaction) => setModelEnabled(transaction, novaMicro, false)),
    ).rejects.toMatchObject({
      code: 'last_usable_model',
      details: { data: { routes: ['use-case/wrongly-listed'] } },
    })
    expect((await findRoute(registry.database(), wrong))?.route.target).toBe(novaMicro)
  })

  test('is what no target of a route becomes', async () => {
    await expect(
      change((transaction) => upsertModels(transaction, [model(novaLite, { purpose: 'embedding' })])),
    ).rejects.toMatchObject({
      code: 'last_usable_model',
      details: { data: { routes: ['agent/plain', 'use-case/plain'] } },
    })
  })

  test.each([
    `UPDATE ai_conversations SET model_id = '${embedder}' WHERE id = 'chatting'`,
    `INSERT INTO ai_conversations (id, model_id) VALUES ('new', '${embedder}')`,
  ])('is no conversation’s: %s', async (statement) => {
    await expect(edit(registry.database(), statement)).rejects.toMatchObject({
      code: 'refused',
      message: matching(/text-embedding-3-small is an embedding model/),
    })
  })

  test('of the catalogue hinders no other edit', async () => {
    await edit(
      registry.database(),
      `UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'plain'`,
    )
  })
})

onBothDatabases('the way out that a refusal names', (registry) => {
  test.each([
    ['an agent', 'agent', /pointsman agents set NAME --model/, /ai_assistants/],
    ['a use case', 'use-case', /UPDATE ai_assistants SET model_version/, /agents set/],
  ] as const)('is one for %s', async (_of, kind, named, other) => {
    const database = registry.database()
    const refused = await database
      .transaction({ purpose: 'registry', actor: testActor }, async (transaction) => {
        await upsertModels(transaction, [model('off', { enabled: false })])
        await upsertRoutes(transaction, [route('stuck', { kind, target: modelId('off'), fallbacks: [] })])
      })
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'last_usable_model', message: matching(named) })
    expect(refused).not.toMatchObject({ message: matching(other) })
  })
})
