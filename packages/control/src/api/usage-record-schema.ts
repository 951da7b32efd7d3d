import type { JournalRecord } from '@pointsman/contract'
import { z } from 'zod'

const text = z.string().max(10_000)
const textOrNull = text.nullable()
const count = z.number().int().min(0)
const countOrNull = count.nullable()
/** Up to the year 9999. */
const instantMs = count.max(253_402_300_799_999)
const span = z.number().min(0)

const buckets = z.looseObject({
  inputTokens: countOrNull,
  cacheReadTokens: countOrNull,
  cacheWrite5mTokens: countOrNull,
  cacheWrite1hTokens: countOrNull,
  outputTokens: countOrNull,
  reasoningTokens: countOrNull,
})

/** What later decisions read of an attempt: one that does not say it would break them. */
const attemptTold = z.looseObject({
  modelId: text,
  firstContentAfterMs: span.nullable(),
  error: z.looseObject({ code: text }).nullable(),
})

const needsTold = z.looseObject({
  tools: z.boolean(),
  images: z.boolean(),
  documents: z.boolean(),
  streaming: z.boolean(),
  jsonSchema: z.boolean(),
  reasoning: z.boolean(),
  inputTokensEstimate: span,
})

/** The usage record v1, as far as it is read here; all of it is kept. */
const usageRecordTold = z.looseObject({
  schema: z.literal('v1'),
  requestId: z.uuid(),
  receivedAtMs: instantMs,
  replica: text,
  workspace: text,
  keyId: textOrNull,
  principal: text,
  userId: textOrNull,
  conversationId: textOrNull,
  sessionId: textOrNull,
  tags: z.array(text).max(100),
  face: text,
  stream: z.boolean(),
  requested: text,
  route: textOrNull,
  useCase: textOrNull,
  agent: textOrNull,
  revision: z.looseObject({ epoch: count, number: count }),
  switchId: textOrNull,
  needs: needsTold,
  plan: z.looseObject({}),
  attempts: z.array(attemptTold).max(1_000),
  outcome: z.enum(['ok', 'partial', 'refused', 'failed', 'client-closed', 'unknown']),
  error: z.looseObject({ code: text, message: text }).nullable(),
  status: countOrNull,
  modelId: textOrNull,
  provider: textOrNull,
  region: textOrNull,
  reason: textOrNull,
  usage: buckets,
  serviceTier: z.string().max(64).optional(),
  usageEstimated: z.boolean(),
  costNanoUsd: countOrNull,
  priceId: textOrNull,
  durationMs: span,
  firstContentAfterMs: span.nullable(),
  overheadUs: z.number(),
})

const pinClaimTold = z.looseObject({
  workspace: text,
  conversationId: text,
  userId: textOrNull,
  useCase: text,
  modelId: text,
  claimedAtMs: instantMs,
  requestId: z.uuid(),
})

const episodeTold = z.looseObject({
  id: z.uuid(),
  route: text,
  from: text,
  to: text,
  startedAtMs: instantMs,
  requestId: z.uuid(),
  cause: text,
})

/** What a data plane tells of its requests, in the journal's own form. Ids are names of its own making, held by nothing here. */
export const toldSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('outcome'), record: usageRecordTold }),
  z.strictObject({ type: z.literal('pin-claim'), claim: pinClaimTold }),
  z.strictObject({ type: z.literal('fallback-episode'), episode: episodeTold }),
]) as unknown as z.ZodType<ToldRecord>

/** Intents stay with their data plane, and kept text needs a journal. */
export type ToldRecord = Exclude<JournalRecord, { readonly type: 'intent' | 'captured' }>
