import { unknownUsage } from '@pointsman/contract'
import type { JsonObject, JsonValue, ServedTier, ToldUsage, UsageBuckets } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { geminiTiers, readServedTier, writeServedTier } from '../service-tiers.ts'
import { atTextRate, withUnpriced } from '../unpriced.ts'

/** A vendor's count; null for anything that is not one, because a wrong figure would be billed. */
function readCount(from: JsonObject, name: string): number | null {
  const count = numberOf(from[name])
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

/**
 * All output. Thoughts stand beside the candidates' tokens, and protobuf's JSON leaves out what is zero: an answer that
 * is all thoughts names no candidates' tokens. The total tells them apart from those that were not told.
 */
function readOutput(usage: JsonObject): number | null {
  const candidates = readCount(usage, 'candidatesTokenCount')
  const thoughts = readCount(usage, 'thoughtsTokenCount')
  if (candidates !== null) return candidates + (thoughts ?? 0)
  const total = readCount(usage, 'totalTokenCount')
  const prompt = readCount(usage, 'promptTokenCount')
  if (total === null || prompt === null) return thoughts
  const output = total - prompt - (readCount(usage, 'toolUsePromptTokenCount') ?? 0)
  return output >= (thoughts ?? 0) ? output : thoughts
}

/**
 * Gemini's usage: `promptTokenCount` INCLUDES what was read from a cache, ours excludes it; what Google's own tools
 * brought (`toolUsePromptTokenCount`) stands beside it and is input too. Null where the vendor said nothing.
 */
export function readUsage(value: JsonValue | undefined): ToldUsage | null {
  if (!isJsonObject(value)) return null
  const prompt = readCount(value, 'promptTokenCount')
  const cacheRead = readCount(value, 'cachedContentTokenCount')
  const ofTools = readCount(value, 'toolUsePromptTokenCount') ?? 0
  const counts = {
    ...unknownUsage,
    inputTokens: prompt === null ? null : Math.max(0, prompt - (cacheRead ?? 0)) + ofTools,
    cacheReadTokens: cacheRead,
    outputTokens: readOutput(value),
    reasoningTokens: readCount(value, 'thoughtsTokenCount'),
  }
  return withUnpriced(counts, otherKinds(value))
}

/** Tokens of one kind in one of the lists by kind. */
function tokensOf(kind: string, list: JsonValue | undefined): number {
  const told = isJsonArray(list) ? list.filter(isJsonObject) : []
  return told
    .filter(({ modality }) => modality === kind)
    .reduce((sum, one) => sum + (readCount(one, 'tokenCount') ?? 0), 0)
}

/** Images and films that are read cost what text does; those that are written do not, nor does sound (ai.google.dev, pricing, 2026-11). */
function otherKinds(usage: JsonObject): readonly string[] {
  const {
    promptTokensDetails: read,
    toolUsePromptTokensDetails: ofTools,
    candidatesTokensDetails: written,
  } = usage
  const audio = tokensOf('AUDIO', read) + tokensOf('AUDIO', ofTools) + tokensOf('AUDIO', written)
  return [...atTextRate('audio', audio), ...atTextRate('images', tokensOf('IMAGE', written))]
}

/** Google tells the tier that served beside the counts. */
export const readTier = (value: JsonValue | undefined): ServedTier | null =>
  isJsonObject(value) ? readServedTier(geminiTiers, value['serviceTier']) : null

/** Null where nothing is known; a single unknown figure is left out. What was written to a cache is part of the prompt. */
export function writeUsage(usage: UsageBuckets, served: ServedTier | null): JsonObject | null {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = usage
  const serviceTier = writeServedTier(geminiTiers, served)
  if (inputTokens === null && outputTokens === null) return serviceTier === null ? null : { serviceTier }
  const written = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0)
  const prompt = inputTokens === null ? null : inputTokens + (cacheReadTokens ?? 0) + written
  const figures = {
    promptTokenCount: prompt,
    candidatesTokenCount: outputTokens === null ? null : Math.max(0, outputTokens - (reasoningTokens ?? 0)),
    totalTokenCount: prompt === null || outputTokens === null ? null : prompt + outputTokens,
    cachedContentTokenCount: cacheReadTokens,
    thoughtsTokenCount: reasoningTokens,
    serviceTier,
  }
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null))
}
