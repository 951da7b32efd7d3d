import { conversationId, modelId, requestId, userId, workspaceId, type PinClaim } from '@pointsman/contract'
import type { PinQuery, Pin, Pins } from '@pointsman/engine'
import { beforeEach, expect, test } from 'vitest'
import { createConversationPins, type MovedPin, type PinChanges, type PinStore } from './conversation-pins.ts'

/** Time that stands still unless a test lets it pass; a wait of a request ends when it does. */
class StillClock {
  ms = 1_000
  readonly #waiting = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  nowMs = (): number => this.ms
  nowUs = (): number => this.ms * 1_000
  after = (delayMs: number, callback: () => void): (() => void) => {
    const waiting = { atMs: this.ms + delayMs, callback }
    this.#waiting.add(waiting)
    return () => void this.#waiting.delete(waiting)
  }
  pass(spanMs: number): void {
    this.ms += spanMs
    for (const waiting of [...this.#waiting]) {
      if (waiting.atMs > this.ms) continue
      this.#waiting.delete(waiting)
      waiting.callback()
    }
  }
}

/** The registry's side: answers with `target`, when `hold` lets it, or fails. */
class ScriptedStore implements PinStore {
  target: string | null = 'a'
  asked: string[] = []
  claims = 0
  trouble: Error | null = null
  held: (() => void)[] | null = null

  async find(query: PinQuery): Promise<Pins> {
    this.asked.push(query.conversationId ?? query.userId ?? '')
    const { target } = this
    await this.#answer()
    return {
      conversation: target === null ? null : { modelId: modelId(target), switchId: null },
      user: null,
      known: null,
    }
  }
  async claim(): Promise<Pin> {
    this.claims++
    await this.#answer()
    return { modelId: modelId('theirs'), switchId: null }
  }
  async #answer(): Promise<void> {
    if (this.trouble !== null) throw this.trouble
    const { held } = this
    if (held !== null) await new Promise<void>((resolve) => held.push(resolve))
  }
}

class ScriptedChanges implements PinChanges {
  isUp = true
  tell: (moved: MovedPin | null) => Promise<void> = async () => undefined
  subscribe(listener: (moved: readonly MovedPin[] | null) => Promise<void>): () => void {
    this.tell = (moved) => listener(moved === null ? null : [moved])
    return () => undefined
  }
  up = (): boolean => this.isUp
}

const workspace = workspaceId('default')
const query = (id: string): PinQuery => ({
  workspace,
  conversationId: conversationId(id),
  userId: userId('u'),
  useCase: 'clinical',
})
const claim: PinClaim = {
  workspace,
  conversationId: conversationId('c'),
  userId: null,
  useCase: 'clinical',
  modelId: modelId('mine'),
  claimedAtMs: 1,
  requestId: requestId('r'),
}
const pinned = (id: string): Pins => ({
  conversation: { modelId: modelId(id), switchId: null },
  user: null,
  known: null,
})
const none: Pins = { conversation: null, user: null, known: null }

let clock: StillClock
let store: ScriptedStore
let changes: ScriptedChanges
let failures: unknown[]
beforeEach(() => {
  clock = new StillClock()
  store = new ScriptedStore()
  changes = new ScriptedChanges()
  failures = []
})
const deadlineUs = (): number => clock.nowUs() + 25_000
const create = (more: { maxRemembered?: number; maxOutstanding?: number; changes?: PinChanges } = {}) => {
  const onFailure = (failure: unknown) => void failures.push(failure)
  const pins = createConversationPins({ store, clock, onFailure, ...more })
  return { ...pins, find: (id: string) => pins.find(query(id), deadlineUs()), pins }
}

test('without news of changes every request asks the store', async () => {
  const { find } = create()
  expect(await find('c')).toEqual(pinned('a'))
  store.target = 'b'
  expect(await find('c')).toEqual(pinned('b'))
})

test.each<[string, MovedPin | null]>([
  ['its conversation', { workspace, conversationId: 'c' }],
  ['its user', { workspace, userId: 'u' }],
  ['any', null],
])('a pin is asked for once, and again when %s moved', async (_, moved) => {
  const { find } = create({ changes })
  for (let request = 0; request < 3; request++) expect(await find('c')).toEqual(pinned('a'))
  void changes.tell({ workspace, conversationId: 'another' })
  clock.pass(3_600_000)
  await find('c')
  expect(store.asked).toHaveLength(1)
  store.target = 'b'
  void changes.tell(moved)
  expect(await find('c')).toEqual(pinned('b'))
  await find('c')
  expect(store.asked).toHaveLength(2)
})

test('news of a moved pin that is remembered counts as heard when the pin was read anew', async () => {
  const { find } = create({ changes })
  await find('c')
  store.target = 'b'
  store.held = []
  const heard = changes.tell({ workspace, conversationId: 'c' })
  expect(store.asked).toHaveLength(2)
  for (const answer of store.held) answer()
  await heard
  store.held = []
  expect(await find('c')).toEqual(pinned('b'))
  expect(store.asked).toHaveLength(2)
})

test.each([
  ['asked for and had none yet', false],
  ['is being asked for', true],
])('so does news of a conversation that %s: its switch answers when it is known here', async (_, slow) => {
  const { pins } = create({ changes })
  const asked = { ...query('c'), userId: null }
  store.target = null
  if (slow) store.held = []
  const first = pins.find(asked, deadlineUs())
  if (slow) clock.pass(25)
  expect(await first).toEqual(none)
  store.target = 'b'
  store.held = []
  const heard = changes.tell({ workspace, conversationId: 'c' })
  expect(store.asked).toHaveLength(2)
  for (const answer of store.held) answer()
  await heard
  expect(await pins.find(asked, deadlineUs())).toEqual(pinned('b'))
  expect(store.asked).toHaveLength(2)
})

test('news of one conversation has no other one read anew', async () => {
  const { find } = create({ changes })
  store.target = null
  await find('another')
  await find('c')
  await changes.tell({ workspace, conversationId: 'c' })
  expect(store.asked).toEqual(['another', 'c', 'c'])
})

test('news counts as heard although the store fails', async () => {
  const { find } = create({ changes })
  await find('c')
  store.trouble = new Error('away')
  await changes.tell(null)
  expect(failures).toEqual([store.trouble])
})

test('more moves than are kept make everything be asked for again', async () => {
  const { find } = create({ changes, maxRemembered: 3 })
  await find('c')
  store.target = 'b'
  for (let id = 0; id < 4; id++) void changes.tell({ workspace, conversationId: `other-${id}` })
  expect(await find('c')).toEqual(pinned('b'))
})

test('a reading that began before the news is not remembered as what is, nor shared with who asks after it', async () => {
  const { find } = create({ changes })
  store.held = []
  const before = [find('c'), find('c')]
  expect(store.asked).toHaveLength(1)
  store.target = 'b'
  void changes.tell({ workspace, conversationId: 'c' })
  const after = find('c')
  expect(store.asked).toHaveLength(2)
  const [first, second] = store.held
  second?.()
  expect(await after).toEqual(pinned('b'))
  first?.()
  expect(await Promise.all(before)).toEqual([pinned('a'), pinned('a')])
  expect(await find('c')).toEqual(pinned('b'))
  expect(store.asked).toHaveLength(2)
})

test('while the channel is down a pin serves for a second', async () => {
  const { find } = create({ changes })
  await find('c')
  changes.isUp = false
  clock.pass(999)
  await find('c')
  expect(store.asked).toHaveLength(1)
  clock.pass(2)
  await find('c')
  expect(store.asked).toHaveLength(2)
})

test('a conversation without a pin is asked for each time: its first claim is not announced', async () => {
  const { find } = create({ changes })
  store.target = null
  expect(await find('c')).toEqual(none)
  store.target = 'b'
  expect(await find('c')).toEqual(pinned('b'))
})

test('what was last read stands in for a store that hangs or fails, for as many as are remembered', async () => {
  const { find } = create({ changes, maxRemembered: 2 })
  for (const id of ['1', '2', '3']) await find(id)
  store.held = []
  void changes.tell(null)
  const waiting = [find('3'), find('1')]
  clock.pass(25)
  expect(await Promise.all(waiting)).toEqual([pinned('a'), none])
  store.trouble = new Error('away')
  void changes.tell(null)
  for (let request = 0; request < 5; request++) expect(await find('2')).toEqual(pinned('a'))
  expect(failures).toEqual([store.trouble])
  store.trouble = null
  store.held = null
  await find('2')
  store.trouble = new Error('away again')
  void changes.tell(null)
  await find('2')
  expect(failures).toHaveLength(2)
})

test('beyond the bound the store is not asked, and that is told once', async () => {
  const { find, pins } = create({ changes, maxOutstanding: 2 })
  await find('known')
  store.held = []
  void changes.tell(null)
  const waiting = [find('known'), find('1')]
  expect(await find('3')).toEqual(none)
  expect(await pins.claim(claim, deadlineUs())).toBeNull()
  expect([store.asked.length, store.claims]).toEqual([3, 0])
  expect(failures).toHaveLength(1)
  // Nobody waits for them any more, but the store still owes them.
  clock.pass(25)
  expect(await Promise.all(waiting)).toEqual([pinned('a'), none])
  await find('3')
  expect(store.asked).toHaveLength(3)
  for (const answer of store.held) answer()
  store.held = null
  await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(await find('3')).toEqual(pinned('a'))
})

test('a claim answers the winner, or null when the store does not answer by the request’s one deadline', async () => {
  const { pins } = create({ changes })
  const until = deadlineUs()
  expect(await pins.claim(claim, until)).toEqual({ modelId: 'theirs', switchId: null })
  store.held = []
  clock.pass(20)
  const claimed = pins.claim(claim, until)
  clock.pass(5)
  expect(await claimed).toBeNull()
  const another = { ...claim, conversationId: conversationId('another') }
  expect(await pins.claim(another, until)).toBeNull()
  expect(store.claims).toBe(2)
})

test('claims behind one that is under way are not made: they have its answer, or in its absence what it would set', async () => {
  const { pins } = create({ changes })
  const second = { ...claim, modelId: modelId('second') }
  const held = (store.held = [] as (() => void)[])
  const answered = [claim, second].map((one) => pins.claim(one, deadlineUs()))
  for (const answer of held.splice(0)) answer()
  expect(await Promise.all(answered)).toEqual(Array(2).fill({ modelId: 'theirs', switchId: null }))
  const late = [claim, second].map((one) => pins.claim(one, deadlineUs()))
  clock.pass(25)
  expect(await Promise.all(late)).toEqual([null, { modelId: 'mine', switchId: null }])
  expect(store.claims).toBe(2)
  // Somebody else's may be refused where this one is not.
  void pins.claim({ ...second, userId: userId('grace'), ownOnly: true }, deadlineUs())
  expect(store.claims).toBe(3)
})
