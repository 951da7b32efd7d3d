import type { AttemptRecord, UsageRecord } from '@pointsman/contract'
import type { Invocation } from '../invocation.ts'
import { none } from '../labels.ts'
import type { Table } from './totals.ts'

/** Seconds; the bounds that OpenTelemetry's conventions ask for, with two more for long answers. */
export const durationBounds = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68,
]
/** Seconds; the conventions' own, of a stream's first content. */
export const firstContentBounds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]
const overheadBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
/** The conventions' own. */
export const tokenBounds = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
]

/** Every request with a known key, whatever became of it. Overhead is ours alone. */
export const requestTable = {
  labels: ['face', 'outcome', 'error'],
  labelsOf: ({ error, face, outcome }) => [face, outcome, error?.code ?? none],
  measures: [
    { name: 'requests', of: () => 1 },
    { name: 'overhead', bounds: overheadBounds, of: ({ overheadUs }) => overheadUs / 1e6 },
  ],
} as const satisfies Table<UsageRecord>

export const invocationTable = {
  labels: ['operation', 'agent', 'route', 'target', 'model', 'provider', 'success', 'error'],
  labelsOf: ({ agent, error, model, operation, provider, route, success, target }) => [
    operation,
    agent,
    route,
    target,
    model,
    provider,
    success ? 'true' : 'false',
    error,
  ],
  measures: [
    { name: 'invocations', of: () => 1 },
    { name: 'latency', bounds: durationBounds, of: ({ latencyMs }) => latencyMs / 1_000 },
    {
      name: 'firstContent',
      bounds: firstContentBounds,
      of: ({ firstContentMs, operation }) =>
        firstContentMs === null || operation !== 'chat-stream' ? null : firstContentMs / 1_000,
    },
    { name: 'inputTokens', bounds: tokenBounds, of: ({ inputTokens }) => inputTokens },
    { name: 'outputTokens', bounds: tokenBounds, of: ({ outputTokens }) => outputTokens },
    { name: 'cacheReadTokens', of: ({ cacheReadTokens }) => cacheReadTokens },
    { name: 'cacheWriteTokens', of: ({ cacheWriteTokens }) => cacheWriteTokens },
    { name: 'reasoningTokens', of: ({ reasoningTokens }) => reasoningTokens },
    { name: 'costUsd', of: ({ costUsd }) => costUsd },
    { name: 'unpriced', of: ({ costUsd, success }) => (costUsd === null && success ? 1 : null) },
    { name: 'fallbacks', of: ({ fallbackUsed }) => (fallbackUsed ? 1 : null) },
  ],
} as const satisfies Table<Invocation>

export const attemptTable = {
  labels: ['model', 'provider', 'region', 'error'],
  labelsOf: ({ error, modelId, provider, region }) => [modelId, provider, region, error?.code ?? none],
  measures: [
    { name: 'attempts', of: () => 1 },
    { name: 'attemptDuration', bounds: durationBounds, of: ({ endedAfterMs }) => endedAfterMs / 1_000 },
  ],
} as const satisfies Table<AttemptRecord>
