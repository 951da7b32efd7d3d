import type { KeyItem } from '@pointsman/sdk'
import { brief } from '../../format/instants.ts'
import type { Tone } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export interface KeyState {
  readonly tone: Tone
  readonly words: string
  /** It can still be used, changed, rotated and revoked. */
  readonly inForce: boolean
}

export function stateOfKey(key: KeyItem, nowMs = Date.now()): KeyState {
  if (key.revokedAt !== null)
    return { tone: 'bad', words: fill(text.revokedOn, { when: brief(key.revokedAt) }), inForce: false }
  if (key.expiresAt === null) return { tone: 'good', words: text.inForce, inForce: true }
  const isOver = Date.parse(key.expiresAt) <= nowMs
  const when = brief(key.expiresAt)
  return isOver
    ? { tone: 'bad', words: fill(text.expiredOn, { when }), inForce: false }
    : { tone: 'warn', words: fill(text.expiresOn, { when }), inForce: true }
}
