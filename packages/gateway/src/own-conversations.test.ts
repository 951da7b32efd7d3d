import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { defaultWorkspace, userId, type Principal } from '@pointsman/contract'
import type { Pins } from '@pointsman/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway } from './create-gateway.ts'
import { createListener } from './node-listener.ts'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

const signedIn = (id: string): Principal => ({
  kind: 'user',
  id,
  workspace: defaultWorkspace,
  scopes: ['self'],
  routes: null,
  models: null,
  userId: userId(id),
})

const ofAda: Pins = {
  conversation: null,
  user: null,
  known: { userId: userId('ada'), useCase: null, modelId: null },
}

let running: RunningGateway
let listener: ReturnType<typeof createListener>
let url: string
beforeAll(async () => {
  running = await startGateway()
  const { authentication } = running.options
  const gateway = createGateway({
    ...running.options,
    authentication: { ...authentication, checkToken: (token) => signedIn(token) },
    pins: {
      find: ({ conversationId }) =>
        Promise.resolve(conversationId === null ? { ...ofAda, known: null } : ofAda),
      claim: () => Promise.resolve(null),
    },
  })
  listener = createListener({
    handle: (exchange) => gateway.handle(exchange),
    nowUs: () => Math.round(performance.now() * 1_000),
    onFailure: (failure) => running.failures.push(failure),
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  url = `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await listener.stop(100)
  await running.close()
})

async function ask(model: string, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-pointsman-conversation': 'c-1',
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] }),
  })
  await response.arrayBuffer()
  return response.status
}

describe.each(['use-case/clinical', 'eu.amazon.nova-lite-v1:0'])(
  'a conversation of somebody else, by %s',
  (model) => {
    test('is none of a signed-in user', async () => {
      expect(await ask(model, 'grace')).toBe(404)
      expect(running.records.at(-1)).toMatchObject({ outcome: 'refused', error: { code: 'not_found' } })
    })

    test.each(['ada', serviceKey])('goes on for its owner and for a program: %s', async (key) => {
      expect(await ask(model, key)).toBe(200)
    })
  },
)
