import { keyId, modelId, type Key } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digest, startGateway, type RunningGateway } from '../testing/running-gateway.ts'

const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

const limits: { readonly [key: string]: Pick<Key, 'routes' | 'models'> } = {
  free: { routes: null, models: null },
  'of a route': { routes: ['use-case/health'], models: null },
  'of a model': { routes: null, models: [modelId(lite)] },
  'of both': { routes: ['use-case/health'], models: [modelId(lite)] },
  'of nothing': { routes: [], models: null },
}

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
  await gateway.publish((entries) => ({
    ...entries,
    aliases: [
      { name: 'to-health', target: 'use-case/health' },
      { name: 'to-clinical', target: 'role/medical_provider' },
      { name: 'to-lite', target: lite },
      { name: 'to-micro', target: micro },
    ],
    keys: entries.keys.flatMap((key) =>
      key.name !== 'clinic'
        ? []
        : Object.entries(limits).map(([name, limit]) => ({
            ...{ ...key, ...limit, name, id: keyId(name), digest: digest(name) },
            requestsPerMinute: null,
          })),
    ),
  }))
})
afterAll(() => gateway.close())

const ask = (key: string, path: string, body?: object) =>
  fetch(`${gateway.url}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
const listed = async (key: string): Promise<readonly string[]> => {
  const { data } = (await (await ask(key, '/v1/models')).json()) as { data: { id: string }[] }
  return data.map(({ id }) => id)
}
const answers = async (key: string, model: string): Promise<number> => {
  const messages = [{ role: 'user', content: 'Hi' }]
  const answer = await ask(key, '/v1/chat/completions', { model, messages, max_tokens: 5 })
  await answer.text()
  return answer.status
}

test('a key limited to routes is listed them, their roles and their aliases, and no model', async () => {
  for (const key of ['of a route', 'of both'])
    expect((await listed(key)).toSorted(), key).toEqual(['role/patient', 'to-health', 'use-case/health'])
  expect(await listed('of nothing')).toEqual([])
})

test('a key limited to models is listed those, their aliases, and the routes that lead to one of them', async () => {
  const names = await listed('of a model')
  expect(names).toEqual(expect.arrayContaining([lite, 'to-lite', 'to-health', 'use-case/health']))
  expect(names).not.toContain(micro)
  for (const name of ['to-micro', 'use-case/clinical', 'to-clinical']) expect(names).not.toContain(name)
})

test('what is listed is not refused as the key’s, one by one as in the list', async () => {
  const all = [
    'to-health',
    'to-clinical',
    'to-lite',
    'to-micro',
    lite,
    micro,
    'role/patient',
    'role/system_admin',
  ]
  for (const key of Object.keys(limits)) {
    const names = await listed(key)
    for (const name of all) {
      const isListed = names.includes(name)
      const one = await ask(key, `/v1/models/${encodeURIComponent(name)}`)
      expect([one.status, (await answers(key, name)) !== 403], `${key}: ${name}`).toEqual([
        isListed ? 200 : 404,
        isListed,
      ])
    }
  }
})
