import { conversationId, modelId, workspaceId } from '@pointsman/contract'
import { createConversationPins, type MovedPin } from '@pointsman/gateway'
import { expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'
import type { PinNews } from './control-link.ts'
import { followPinChanges } from './pin-changes.ts'

const workspace = workspaceId('default')
const moved = (index: number): MovedPin => ({ workspace, conversationId: `c-${index}` })

function follow() {
  let tell: (moved: MovedPin | null) => void = () => undefined
  const news: PinNews = {
    onMoved: (listener) => {
      tell = listener
      return () => (tell = () => undefined)
    },
    movedBetween: () => Promise.resolve([]),
    up: () => true,
  }
  const changes = followPinChanges(news, () => undefined)
  const heard = vi.fn<(moved: readonly MovedPin[] | null) => Promise<void>>(() => Promise.resolve())
  changes.subscribe(heard)
  return { changes, heard, tell: (pin: MovedPin | null) => tell(pin) }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('news of one turn of the loop is told once, in its order', async () => {
  const { heard, tell } = follow()
  for (const index of [1, 2, 3]) tell(moved(index))
  await turn()
  tell(moved(4))
  await turn()
  await turn()
  expect(heard.mock.calls).toEqual([[[moved(1), moved(2), moved(3)]], [[moved(4)]]])
})

test('that any may have moved is told at once, and stands for those that wait', async () => {
  const { heard, tell } = follow()
  tell(moved(1))
  tell(null)
  expect(heard.mock.calls).toEqual([[null]])
  tell(moved(2))
  await turn()
  expect(heard.mock.calls).toEqual([[null], [[moved(2)]]])
})

test('5,000 in one turn are told once as any: 20,000 that are remembered are looked through once', async () => {
  const { changes, heard, tell } = follow()
  const find = vi.fn(() =>
    Promise.resolve({ conversation: { modelId: modelId('a'), switchId: null }, user: null, known: null }),
  )
  const store = { find, claim: () => Promise.reject(new Error('nothing is claimed here')) }
  const pins = createConversationPins({ store, clock: systemClock, changes, onFailure: () => undefined })
  const query = (index: number) => ({
    ...{ workspace, conversationId: conversationId(`c-${index}`), userId: null, useCase: 'clinical' },
  })
  const soonUs = systemClock.nowUs() + 60_000_000
  for (let index = 0; index < 20_000; index += 1) await pins.find(query(index), soonUs)
  expect(find).toHaveBeenCalledTimes(20_000)
  for (let index = 0; index < 5_000; index += 1) tell(moved(index))
  await turn()
  expect(heard.mock.calls).toEqual([[null]])
  await pins.find(query(1), soonUs)
  expect(find.mock.calls.length).toBeGreaterThan(20_000)
})

test('what waits when it is stopped is told no more', async () => {
  const { changes, heard, tell } = follow()
  tell(moved(1))
  changes.stop()
  await turn()
  expect(heard).not.toHaveBeenCalled()
})
