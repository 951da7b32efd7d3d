import { conversationId, modelId, requestId, workspaceId, type PinClaim } from '@pointsman/contract'
import type { PinQuery, Pins } from '@pointsman/engine'
import { expect, test } from 'vitest'
import { createConversationPins } from './conversation-pins.ts'

const clock = {
  nowMs: () => Date.now(),
  nowUs: () => performance.now() * 1_000,
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
const query = (id: string): PinQuery => ({
  workspace: workspaceId('default'),
  conversationId: conversationId(id),
  userId: null,
  useCase: 'clinical',
})
const pinned = (id: string): Pins => ({ conversation: { modelId: modelId(id), switchId: null }, user: null })
const claim: PinClaim = {
  workspace: workspaceId('default'),
  conversationId: conversationId('c'),
  userId: null,
  useCase: 'clinical',
  modelId: modelId('mine'),
  claimedAtMs: 1,
  requestId: requestId('r'),
}

function store() {
  const behaviour: {
    find: (asked: PinQuery) => Promise<Pins>
    claim: () => Promise<ReturnType<typeof modelId>>
  } = {
    find: () => Promise.resolve(pinned('a')),
    claim: () => Promise.resolve(modelId('theirs')),
  }
  const failures: unknown[] = []
  const pins = createConversationPins({
    store: { find: (asked) => behaviour.find(asked), claim: () => behaviour.claim() },
    clock,
    onFailure: (failure) => failures.push(failure),
    maxRemembered: 2,
  })
  return { behaviour, failures, pins }
}
const never = <T>() => new Promise<T>(() => undefined)

test('a change in the store counts at the next request', async () => {
  const { behaviour, pins } = store()
  expect(await pins.find(query('c'))).toEqual(pinned('a'))
  behaviour.find = () => Promise.resolve(pinned('b'))
  expect(await pins.find(query('c'))).toEqual(pinned('b'))
})

test('a store that hangs or fails is stood in for by what was last read, for as many as are remembered', async () => {
  const { behaviour, failures, pins } = store()
  for (const id of ['1', '2', '3']) await pins.find(query(id))
  behaviour.find = () => never()
  expect(await pins.find(query('3'))).toEqual(pinned('a'))
  expect(await pins.find(query('1'))).toEqual({ conversation: null, user: null })
  behaviour.find = () => Promise.reject(new Error('away'))
  expect(await pins.find(query('2'))).toEqual(pinned('a'))
  expect(failures).toHaveLength(1)
})

test('a claim answers the winner, or null when the store does not answer in time', async () => {
  const { behaviour, pins } = store()
  expect(await pins.claim(claim)).toBe('theirs')
  behaviour.claim = () => never()
  expect(await pins.claim(claim)).toBeNull()
})
