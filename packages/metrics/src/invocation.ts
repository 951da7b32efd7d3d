import { errorTable, type Operation, type UsageRecord } from '@pointsman/contract'
import { none } from './labels.ts'

/** What every outlet reads of a usage record; the one place that says what is counted. */
export interface Invocation {
  readonly operation: Operation
  /** `none` where no agent asked. */
  readonly agent: string
  /** `none` where no route was used: a model was named outright. */
  readonly route: string
  /** The model that served; where none did, the one that should have. */
  readonly model: string
  /** The model that the plan wanted first. */
  readonly target: string
  readonly provider: string
  readonly outcome: UsageRecord['outcome']
  /** The error's code; `none` where there is none. */
  readonly error: string
  /** A caller that left in the middle is not a failure of the model. */
  readonly success: boolean
  /** The whole request, in milliseconds. */
  readonly latencyMs: number
  /** To the first content; null where none came. */
  readonly firstContentMs: number | null
  readonly overheadMs: number
  /** All input, what was read from and written to a prompt cache included; null = the vendor did not say. */
  readonly inputTokens: number | null
  /** All output, reasoning included. */
  readonly outputTokens: number | null
  readonly cacheReadTokens: number | null
  readonly cacheWriteTokens: number | null
  readonly reasoningTokens: number | null
  /** US dollars; null = a price or a bucket that it needs is unknown. */
  readonly costUsd: number | null
  readonly fallbackUsed: boolean
}

/**
 * A call of a model, answered or not. Null = the record is of none: a count of tokens, a request that was refused for what
 * it said or who sent it before any model was called, a caller that left before.
 */
export function invocationOf(record: UsageRecord): Invocation | null {
  if (!isInvocation(record)) return null
  const { error, plan, usage } = record
  const target = plan.target ?? none
  const last = record.attempts.at(-1)
  return {
    operation: record.operation ?? (record.stream ? 'chat-stream' : 'chat'),
    agent: record.agent ?? none,
    route: record.route ?? none,
    model: record.modelId ?? last?.modelId ?? target,
    target,
    provider: record.provider ?? last?.provider ?? none,
    outcome: record.outcome,
    error: error?.code ?? none,
    success: record.outcome === 'ok' || error?.code === 'client_closed',
    latencyMs: record.durationMs,
    firstContentMs: record.firstContentAfterMs,
    overheadMs: record.overheadUs / 1_000,
    inputTokens: sum(
      usage.inputTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.cacheWrite1hTokens,
    ),
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    cacheWriteTokens: sum(usage.cacheWrite5mTokens, usage.cacheWrite1hTokens),
    reasoningTokens: usage.reasoningTokens,
    costUsd: record.costNanoUsd === null ? null : record.costNanoUsd / 1e9,
    fallbackUsed: record.reason === 'fallback',
  }
}

function isInvocation({ attempts, error, operation, outcome }: UsageRecord): boolean {
  if (operation === 'count-tokens') return false
  if (attempts.length > 0 || outcome === 'ok') return true
  // Nobody could be called, and that is nobody's fault but ours or the vendors'.
  return error !== null && errorTable[error.code].status >= 500
}

/** Null only where all of them are: a vendor that tells one bucket means 0 by leaving out the others. */
function sum(...parts: readonly (number | null)[]): number | null {
  let total: number | null = null
  for (const part of parts) if (part !== null) total = (total ?? 0) + part
  return total
}
