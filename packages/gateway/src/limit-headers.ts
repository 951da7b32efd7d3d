import type { DialectName } from '@pointsman/contract'
import type { LimitStanding } from '@pointsman/engine'

type Written = (standing: LimitStanding, nowMs: number) => readonly string[]

/** OpenAI tells how long it takes, as Go writes a span: `12ms`, `6s`, `1m0s` (its guide on rate limits, 2026-06). */
const openai: Written = ({ kind, limit, remaining, resetMs }) => [
  ...[`x-ratelimit-limit-${kind}`, String(limit)],
  ...[`x-ratelimit-remaining-${kind}`, String(Math.floor(remaining))],
  ...[`x-ratelimit-reset-${kind}`, span(resetMs)],
]

/** Anthropic tells the instant, as RFC 3339 without fractions (answers of its API, 2025-08). */
const anthropic: Written = ({ kind, limit, remaining, resetMs }, nowMs) => [
  ...[`anthropic-ratelimit-${kind}-limit`, String(limit)],
  ...[`anthropic-ratelimit-${kind}-remaining`, String(Math.floor(remaining))],
  ...[`anthropic-ratelimit-${kind}-reset`, instant(nowMs + resetMs)],
]

/** Bedrock and Gemini tell limits with a refusal only. */
const forms: { readonly [Face in DialectName]?: Written } = {
  'openai-chat': openai,
  'openai-responses': openai,
  'anthropic-messages': anthropic,
}

const none: readonly string[] = []

/** How the key stands, in the words of the face's vendor, by which its clients slow down by themselves; flat. */
export const limitHeaders = (
  face: DialectName,
  standings: readonly LimitStanding[],
  nowMs: number,
): readonly string[] =>
  // Most keys have no limits.
  standings.length === 0 ? none : standings.flatMap((standing) => forms[face]?.(standing, nowMs) ?? none)

function span(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`
}

const instant = (ms: number): string =>
  new Date(Math.ceil(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z')
