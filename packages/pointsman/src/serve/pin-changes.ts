import type { MovedPin, PinChanges } from '@pointsman/gateway'
import { pinChannel, type Database } from '@pointsman/registry'

export interface RegistryPinChanges extends PinChanges {
  /**
   * A snapshot was applied: to be called before it is acknowledged. Every switch of a conversation or a user makes a
   * revision and answers only once that is acknowledged, so that no pin read before it serves a request after it.
   * The channel alone would not do: its notice may arrive after the switch's answer.
   */
  applied(): void
  stop(): Promise<void>
}

/** News of moved pins, from the registry's channel and from this replica's revisions. */
export async function followPinChanges(database: Database): Promise<RegistryPinChanges> {
  const listeners = new Set<(moved: MovedPin | null) => void>()
  const tell = (moved: MovedPin | null): void => {
    for (const listener of listeners) listener(moved)
  }
  const stop = await database.listen(pinChannel, (payload) => tell(movedPinOf(payload)))
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    up() {
      const { state } = database.state()
      return state === 'ready' || state === 'full'
    },
    applied: () => tell(null),
    stop,
  }
}

/** Null = any pin may have moved: what an empty payload, an interrupted channel and a payload of a later version say. */
export function movedPinOf(payload: string | null): MovedPin | null {
  if (payload === null || payload === '') return null
  let notice: unknown
  try {
    // eslint-disable-next-line no-restricted-syntax -- the registry's own trigger wrote it, and each field is checked below
    notice = JSON.parse(payload)
  } catch {
    return null
  }
  if (typeof notice !== 'object' || notice === null || !('workspace' in notice)) return null
  const { workspace } = notice
  if (typeof workspace !== 'string') return null
  if ('conversationId' in notice && typeof notice.conversationId === 'string') {
    return { workspace, conversationId: notice.conversationId }
  }
  return 'userId' in notice && typeof notice.userId === 'string' ? { workspace, userId: notice.userId } : null
}
