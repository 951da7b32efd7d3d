import type { ModelId, PinClaim } from '@pointsman/contract'
import type { Clock, ConversationPins, PinQuery, Pins } from '@pointsman/engine'

/** Where pins live: the registry, behind whatever the door put in between. */
export interface PinStore {
  find(query: PinQuery): Promise<Pins>
  /** First committed claim wins and is answered. */
  claim(claim: PinClaim): Promise<ModelId>
}

export interface ConversationPinsOptions {
  readonly store: PinStore
  readonly clock: Clock
  /** A failure of the store; it never reaches a request. */
  readonly onFailure: (failure: unknown) => void
  /** Longest wait of a request for the store. */
  readonly waitMs?: number
  readonly maxRemembered?: number
}

const noPins: Pins = { conversation: null, user: null }

/**
 * Conversations' and users' targets, asked of the store each time, so that a switch counts at the very next request, but
 * waited for at most 25 ms: a store that hangs costs a request that much and no more. What was last read stands in for it then;
 * bounded, oldest out first.
 */
export function createConversationPins(options: ConversationPinsOptions): ConversationPins {
  const { clock, onFailure, store } = options
  const waitMs = options.waitMs ?? 25
  const maxRemembered = options.maxRemembered ?? 50_000
  const remembered = new Map<string, Pins>()
  const remember = (key: string, pins: Pins): void => {
    remembered.delete(key)
    if (pins.conversation === null && pins.user === null) return
    remembered.set(key, pins)
    if (remembered.size <= maxRemembered) return
    const oldest = remembered.keys().next()
    if (oldest.done !== true) remembered.delete(oldest.value)
  }
  const within = <Answer, Instead>(
    asked: Promise<Answer>,
    instead: () => Instead,
  ): Promise<Answer | Instead> =>
    new Promise((resolve) => {
      const cancel = clock.after(waitMs, () => resolve(instead()))
      asked.then(
        (answer) => {
          cancel()
          resolve(answer)
        },
        (failure: unknown) => {
          cancel()
          onFailure(failure)
          resolve(instead())
        },
      )
    })
  return {
    find(query) {
      const key = [query.workspace, query.conversationId ?? '', query.userId ?? '', query.useCase ?? ''].join(
        '\n',
      )
      const asked = store.find(query).then((pins) => {
        remember(key, pins)
        return pins
      })
      return within(asked, () => remembered.get(key) ?? noPins)
    },
    claim: (claim) => within<ModelId, ModelId | null>(store.claim(claim), () => null),
  }
}
