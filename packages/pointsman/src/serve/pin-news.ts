import type { MovedPin } from '@pointsman/gateway'
import { pinChannel, pinsMovedBetween, type Database } from '@pointsman/registry'
import type { PinNews } from './control-link.ts'

export interface RegistryPinNews extends PinNews {
  stop(): Promise<void>
}

/** The registry's channel of moved pins, and its record of switches. */
export async function followPinNews(database: Database): Promise<RegistryPinNews> {
  const listeners = new Set<(moved: MovedPin | null) => void>()
  const stop = await database.listen(pinChannel, (payload) => {
    const moved = movedPinOf(payload)
    for (const listener of listeners) listener(moved)
  })
  return {
    onMoved(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    movedBetween: (after, until) => pinsMovedBetween(database, after, until),
    up() {
      const { state } = database.state()
      return state === 'ready' || state === 'full'
    },
    stop,
  }
}

/** Null = any pin may have moved: what an empty payload, an interrupted channel and a payload of a later version say. */
export function movedPinOf(payload: string | null): MovedPin | null {
  if (payload === null || payload === '') return null
  let notice: unknown
  try {
    // oxlint-disable-next-line no-restricted-properties -- the registry's own trigger wrote it, and each field is checked below
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
