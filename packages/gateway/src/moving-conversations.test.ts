import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelId, PinClaim } from '@pointsman/contract'
import type { KnownConversation, Pin } from '@pointsman/engine'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createConversationPins, type MovedPin } from './conversation-pins.ts'
import { listenWith, serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/*
 * Conversations that come to a use case, while the store knows of them what was claimed alone: what messages say reaches
 * it through the journal, later.
 */
const pinned = new Map<string, Pin>()
const known = new Map<string, KnownConversation>()
const journaled: PinClaim[] = []
let claimsTakeMs = 0
const listeners = new Set<(moved: readonly MovedPin[] | null) => Promise<void>>()

async function claim({ autoSwitch, conversationId, modelId, useCase, userId }: PinClaim): Promise<Pin> {
  const key = `${conversationId}/${useCase}`
  const pin = pinned.get(key) ?? { modelId, switchId: autoSwitch?.id ?? null }
  pinned.set(key, pin)
  await sleep(claimsTakeMs)
  known.set(conversationId, { userId, useCase, modelId: pin.modelId, updatedAtMs: Date.now() })
  return pin
}

let running: RunningGateway
let door: Awaited<ReturnType<typeof listenWith>>
beforeAll(async () => {
  running = await startGateway()
  const { engine } = running.options
  const records = { ...engine.ports.records, pinClaim: (claimed: PinClaim) => void journaled.push(claimed) }
  door = await listenWith(running, {
    ...running.options,
    engine: { ...engine, ports: { ...engine.ports, records } },
    pins: createConversationPins({
      store: {
        find: ({ conversationId: id, useCase }) =>
          Promise.resolve({
            conversation: pinned.get(`${id}/${useCase}`) ?? null,
            user: null,
            known: known.get(id ?? '') ?? null,
          }),
        claim,
      },
      clock: engine.ports.clock,
      onFailure: (failure) => running.failures.push(failure),
    }),
    pinChanges: {
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
  })
})
afterAll(async () => {
  await door.stop()
  await running.close()
})
beforeEach(() => {
  claimsTakeMs = 0
  journaled.length = 0
})

interface Told {
  readonly model: ModelId
  readonly switched: boolean
  readonly switchId: string | null
}

async function chat(conversationId: string, useCase?: string): Promise<Told> {
  const response = await fetch(`${door.url}/functions/v1/bedrock-ai-chat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ conversationId, userId: 'ada', message: 'Hello', useCase }),
  })
  const { data } = (await response.json()) as { data: Told }
  return { model: data.model, switched: data.switched, switchId: response.headers.get('x-pointsman-switch') }
}

test('a conversation that came back to a use case goes on in it at once', async () => {
  const clinical = await chat('back', 'clinical')
  const health = await chat('back', 'health')
  expect(health.model).not.toBe(clinical.model)
  expect(await chat('back', 'clinical')).toMatchObject({ model: clinical.model, switched: true })
  expect(await chat('back')).toMatchObject({ model: clinical.model, switched: false })
})

test('where somebody moved it since, it goes on there', async () => {
  const clinical = await chat('moved', 'clinical')
  const health = await chat('moved', 'health')
  await chat('moved', 'clinical')
  await sleep(2)
  known.set('moved', { userId: null, useCase: 'health', modelId: health.model, updatedAtMs: Date.now() })
  expect(clinical.model).not.toBe(health.model)
  expect((await chat('moved')).model).toBe(health.model)
})

test('where that is announced, also by a clock behind this replica’s', async () => {
  await chat('behind', 'clinical')
  const health = await chat('behind', 'health')
  await chat('behind', 'clinical')
  known.set('behind', {
    userId: null,
    useCase: 'health',
    modelId: health.model,
    updatedAtMs: Date.now() - 3_000,
  })
  await Promise.all(
    [...listeners].map((listen) => listen([{ workspace: 'default', conversationId: 'behind' }])),
  )
  expect((await chat('behind')).model).toBe(health.model)
})

test('a switch to another use case says from which model, before the store knows it', async () => {
  claimsTakeMs = 1_000
  const clinical = await chat('unknown', 'clinical')
  await chat('unknown', 'health')
  expect(journaled.map(({ autoSwitch, useCase }) => [useCase, autoSwitch?.from])).toEqual([
    ['clinical', expect.anything()],
    ['health', clinical.model],
  ])
})

test.each([
  ['within the time that requests wait', 5],
  ['later', 100],
])(
  'of first messages at once one tells a switch, and all name it, where the store answers %s',
  async (_, ms) => {
    claimsTakeMs = ms
    const answers = await Promise.all(Array.from({ length: 12 }, () => chat(`at-once-${ms}`, 'health')))
    expect(answers.filter(({ switched }) => switched)).toHaveLength(1)
    expect(new Set(answers.flatMap(({ switchId }) => switchId ?? [])).size).toBe(1)
    expect(new Set(journaled.map(({ autoSwitch }) => autoSwitch?.id)).size).toBe(1)
  },
)
