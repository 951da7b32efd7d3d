import { defaultWorkspace, userId, type PinClaim, type Principal } from '@pointsman/contract'
import type { ClaimedPin, Pins } from '@pointsman/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listenWith, serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

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
  known: { userId: userId('ada'), useCase: null, modelId: null, updatedAtMs: 1 },
}

/** What the store answers to claims, and what goes through the journal instead. */
let claimed: ClaimedPin | null = null
const late: PinClaim[] = []

let running: RunningGateway
let door: Awaited<ReturnType<typeof listenWith>>
let url: string
beforeAll(async () => {
  running = await startGateway()
  const { authentication, engine } = running.options
  const records = { ...engine.ports.records, pinClaim: (claim: PinClaim) => void late.push(claim) }
  door = await listenWith(running, {
    ...running.options,
    engine: { ...engine, ports: { ...engine.ports, records } },
    authentication: { ...authentication, checkToken: (token) => signedIn(token) },
    pins: {
      find: ({ conversationId: id }) => Promise.resolve(id === 'c-1' ? ofAda : { ...ofAda, known: null }),
      claim: () => Promise.resolve(claimed),
    },
  })
  url = door.url
})
afterAll(async () => {
  await door.stop()
  await running.close()
})

async function ask(model: string, key: string, conversation = 'c-1'): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-pointsman-conversation': conversation,
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

describe('a conversation that the store did not tell of in time', () => {
  test('is refused where its claim says whose it is', async () => {
    claimed = 'not-own'
    expect(await ask('use-case/clinical', 'grace', 'c-2')).toBe(404)
    expect(running.records.at(-1)).toMatchObject({ outcome: 'refused', error: { code: 'not_found' } })
  })

  test.each([
    ['grace', true],
    [serviceKey, undefined],
  ])('is claimed late as one of the asker’s own: %s', async (key, ownOnly) => {
    claimed = null
    late.length = 0
    expect(await ask('use-case/clinical', key, `c-${String(ownOnly)}`)).toBe(200)
    expect(late.map((claim) => claim.ownOnly)).toEqual([ownOnly])
  })
})
