import { unknownUsage, type Intent, type UsageRecord } from '@pointsman/contract'

/**
 * The record of a request whose process died between intent and outcome: what the intent knows, and `null`
 * for all that nobody knows any more. The spans are 0 because the record's form has no `null` for them;
 * readers of latencies leave outcome `unknown` out.
 */
export const unknownOutcome = (intent: Intent): UsageRecord => ({
  ...intent,
  plan: { reason: null, target: null, candidates: [], excluded: [] },
  attempts: [],
  outcome: 'unknown',
  error: {
    code: 'internal',
    message:
      'The server ended before this request did. Whether an upstream was called, and what it cost, is unknown.',
  },
  status: null,
  modelId: null,
  provider: null,
  region: null,
  reason: null,
  finish: null,
  usage: unknownUsage,
  usageEstimated: false,
  costNanoUsd: null,
  priceId: null,
  warnings: [],
  durationMs: 0,
  firstContentAfterMs: null,
  overheadUs: 0,
  unrecognisedFrames: 0,
})
