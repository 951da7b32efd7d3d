import { UsageError, type Asked, type Command } from './command.ts'

export const heartbeatOption = {
  heartbeat: {
    type: 'string',
    value: 'SECONDS',
    summary: 'silence after which a stream gets a comment, or off, or default',
  },
} as const

/** What the API takes; nothing where the option was not given. */
export function heartbeatOf({ text }: Asked, command: Command): { readonly heartbeatMs?: number | null } {
  const asked = text('heartbeat')
  if (asked === undefined) return {}
  if (asked === 'default') return { heartbeatMs: null }
  if (asked === 'off') return { heartbeatMs: 0 }
  const seconds = /^\d{1,3}$/.test(asked) ? Number(asked) : NaN
  if (seconds >= 1 && seconds <= 600) return { heartbeatMs: seconds * 1_000 }
  throw new UsageError('--heartbeat takes 1 to 600 seconds, or off, or default.', command)
}
