import { ofInvocations, type Source } from '../totals/sources.ts'
import { attemptTable, requestTable } from '../totals/tables.ts'

export interface Family {
  /** As a query names it; a counter ends in `_total`. */
  readonly name: string
  readonly kind: 'counter' | 'histogram'
  readonly unit?: 'seconds'
  readonly help: string
  readonly sources: readonly Source[]
}

const byAgent = ['agent', 'model'] as const

// size: the one table of what is exposed
export const families: readonly Family[] = [
  {
    name: 'pointsman_requests_total',
    kind: 'counter',
    help: 'Requests with a known key, by how they ended.',
    sources: [{ table: 'requests', measure: 'requests', labels: requestTable.labels }],
  },
  {
    name: 'pointsman_overhead_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'What the gateway itself added to a request.',
    sources: [{ table: 'requests', measure: 'overhead', labels: [] }],
  },
  {
    name: 'pointsman_model_invocations_total',
    kind: 'counter',
    help: 'Invocations of models, answered or not.',
    sources: [ofInvocations('invocations', ['agent', 'route', 'model', 'provider', 'success'])],
  },
  {
    name: 'pointsman_model_errors_total',
    kind: 'counter',
    help: 'Invocations by the error that they ended with; none = they ended well.',
    sources: [ofInvocations('invocations', ['model', 'error'])],
  },
  {
    name: 'pointsman_model_latency_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time taken for a model invocation, from the first byte received to the last one sent.',
    sources: [ofInvocations('latency', byAgent)],
  },
  {
    name: 'pointsman_model_first_content_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: "Time to a stream's first content.",
    sources: [ofInvocations('firstContent', ['model'])],
  },
  {
    name: 'pointsman_model_tokens_total',
    kind: 'counter',
    help: 'Tokens. Input holds what was read from and written to caches; output holds reasoning.',
    sources: [
      ofInvocations('inputTokens', byAgent, ['type', 'input']),
      ofInvocations('outputTokens', byAgent, ['type', 'output']),
      ofInvocations('cacheReadTokens', byAgent, ['type', 'cache_read']),
      ofInvocations('cacheWriteTokens', byAgent, ['type', 'cache_write']),
      ofInvocations('reasoningTokens', byAgent, ['type', 'reasoning']),
    ],
  },
  {
    name: 'pointsman_model_cost_usd_total',
    kind: 'counter',
    help: 'Cost of model invocations in US dollars, where it is known.',
    sources: [ofInvocations('costUsd', byAgent)],
  },
  {
    name: 'pointsman_model_unpriced_total',
    kind: 'counter',
    help: 'Invocations that were served and whose cost is not known.',
    sources: [ofInvocations('unpriced', ['model'])],
  },
  {
    name: 'pointsman_model_fallbacks_total',
    kind: 'counter',
    help: 'Invocations that a fallback served.',
    sources: [ofInvocations('fallbacks', ['route', 'target', 'model'])],
  },
  {
    name: 'pointsman_attempts_total',
    kind: 'counter',
    help: 'Calls of vendors; one invocation may make several.',
    sources: [{ table: 'attempts', measure: 'attempts', labels: attemptTable.labels }],
  },
  {
    name: 'pointsman_attempt_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'How long a call of a vendor took.',
    sources: [{ table: 'attempts', measure: 'attemptDuration', labels: ['model', 'provider'] }],
  },
]
