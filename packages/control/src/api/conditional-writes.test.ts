import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

const pro = 'eu.amazon.nova-pro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const haiku = 'eu.anthropic.claude-haiku-5-5'

describe.each(databaseKinds)('of many writers from one state one wins, on %s', (kind) => {
  let at: TestControl
  let neighbour: TestControl
  const ends: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const opened = await openTestDatabase(kind)
    at = await startControl(opened.database)
    neighbour = await startControl(opened.database)
    ends.push(
      () => at.stop(),
      () => neighbour.stop(),
      opened.drop,
    )
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })

  test.each<[string, string, string, readonly object[]]>([
    ['PATCH', `/models/${micro}`, `/models/${micro}`, [{ priority: 7 }, { priority: 8 }]],
    ['PATCH', `/models/${lite}`, `/models/${lite}`, [{ name: 'A' }, { name: 'A' }]],
    ['PATCH', `/models/gpt-4o`, `/models/gpt-4o`, [{ enabled: false }, { enabled: false }]],
    ['PUT', '/use-cases/health', '/use-cases/health', [{ objective: 'latency' }, { objective: 'quality' }]],
    ['PUT', '/use-cases/clinical', '/use-cases/clinical', [{ capture: true }, { capture: true }]],
    [
      'POST',
      '/switches',
      '/use-cases/operations',
      [
        { modelId: pro, useCase: 'operations' },
        { modelId: haiku, useCase: 'operations' },
      ],
    ],
    ['POST', '/switches', '/use-cases/clinical', [{ modelId: pro, useCase: 'clinical' }]],
    ['PUT', '/roles/patient', '/roles/patient', [{ useCase: 'clinical' }]],
  ])('%s %s (%s) %j', async (method, path, resource, bodies) => {
    const headers = { 'if-match': (await at.ask(`/api/v1${resource}`)).headers.get('etag') ?? '' }
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 3 === 0 ? neighbour : at).ask(`/api/v1${path}`, {
          method,
          body: bodies[index % bodies.length],
          headers,
        }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)])
    const etag = (await at.ask(`/api/v1${resource}`)).headers.get('etag')
    expect(etag).not.toBe(headers['if-match'])
    for (const answer of answers) expect(answer.headers.get('etag')).toBe(etag)
  })
})
