import type { UsageRecord } from '@pointsman/contract'

/**
 * What the ingest itself reads of a record; all else goes to the database as it stands in the journal. A batch keeps these until
 * it is stored: whole records are six times the memory, and to move that about was half of what a record cost.
 */
export type RecordFacts = Pick<
  UsageRecord,
  | 'requestId'
  | 'receivedAtMs'
  | 'workspace'
  | 'keyId'
  | 'principal'
  | 'userId'
  | 'conversationId'
  | 'face'
  | 'operation'
  | 'route'
  | 'useCase'
  | 'agent'
  | 'switchId'
  | 'outcome'
  | 'error'
  | 'status'
  | 'modelId'
  | 'provider'
  | 'reason'
  | 'usage'
  | 'costNanoUsd'
  | 'durationMs'
  | 'firstContentAfterMs'
  | 'overheadUs'
> & {
  /** What the first model was left for: its first call's error, else the gate's rule that left it out. Of fallbacks alone. */
  readonly fallbackCause?: string | null
}

function fallbackCauseOf({ attempts, plan, reason }: UsageRecord): string | null {
  if (reason !== 'fallback') return null
  const failed = attempts.find(({ error }) => error !== null)
  return failed?.error?.code ?? plan.excluded[0]?.rule ?? null
}

export const factsOf = (record: UsageRecord): RecordFacts => ({
  requestId: record.requestId,
  fallbackCause: fallbackCauseOf(record),
  receivedAtMs: record.receivedAtMs,
  workspace: record.workspace,
  keyId: record.keyId,
  principal: record.principal,
  userId: record.userId,
  conversationId: record.conversationId,
  face: record.face,
  ...(record.operation === undefined ? {} : { operation: record.operation }),
  route: record.route,
  useCase: record.useCase,
  agent: record.agent,
  switchId: record.switchId,
  outcome: record.outcome,
  error: record.error,
  status: record.status,
  modelId: record.modelId,
  provider: record.provider,
  reason: record.reason,
  usage: record.usage,
  costNanoUsd: record.costNanoUsd,
  durationMs: record.durationMs,
  firstContentAfterMs: record.firstContentAfterMs,
  overheadUs: record.overheadUs,
})

/** Records with the journal's line of each (`{"type":"outcome","record":…}`, UTF-8), or whole ones whose lines are written here. */
export type BatchRecords =
  | { readonly records: readonly UsageRecord[]; readonly lines?: undefined }
  | { readonly records: readonly RecordFacts[]; readonly lines: readonly Uint8Array[] }
