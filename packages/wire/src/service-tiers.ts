import type { JsonValue, ServedTier } from '@pointsman/contract'
import type { Dialect } from './dialect.ts'
import { readVendorJson } from './read-body.ts'

/** One vendor's words for the tier that served. */
export type TierWords = ReadonlyMap<string, ServedTier['tier']>

/** openai SDK 6.49, `service_tier` of answers and chunks: "the processing mode actually used". */
export const openaiTiers: TierWords = new Map([
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  // Its name since 2026-07-30, asked for by either (developers.openai.com, fast mode); models from GPT-6 on tell this one (docs.litellm.ai, OpenAI fast mode, 2026-10-06).
  ['fast', 'priority'],
  ['ultrafast', 'other'],
  ['scale', 'other'],
  // Groq's word for what serves unasked (console.groq.com, service tiers, 2026-11).
  ['on_demand', 'standard'],
])
/** @anthropic-ai/sdk 1.14, `Usage.service_tier`. */
export const anthropicTiers: TierWords = new Map([
  ['standard', 'standard'],
  ['priority', 'priority'],
  ['batch', 'other'],
])
/** Bedrock service model, 2026, `ServiceTierType`. */
export const bedrockTiers: TierWords = new Map([
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['reserved', 'other'],
])
/** @google/genai 2.32, `UsageMetadata.serviceTier`; older servers write it in capitals. */
export const geminiTiers: TierWords = new Map([
  ['standard', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
])

/** Words that say only what was asked for. */
const saysNothing: ReadonlySet<string> = new Set(['', 'auto', 'unspecified', 'service_tier_unspecified'])

/** Null where the vendor did not say what served. */
export function readServedTier(words: TierWords, value: JsonValue | undefined): ServedTier | null {
  if (typeof value !== 'string' || saysNothing.has(value.toLowerCase())) return null
  return { tier: words.get(value.toLowerCase()) ?? 'other', raw: value }
}

/** The face's own word; null where it has none. Another vendor's word is never passed off as its own. */
export function writeServedTier(words: TierWords, served: ServedTier | null): string | null {
  if (served === null) return null
  if (words.get(served.raw) === served.tier) return served.raw
  if (served.tier === 'other') return null
  return [...words].find(([, tier]) => tier === served.tier)?.[0] ?? null
}

const noHeaders: readonly string[] = []

/** The tier that a request asks for which was written for another dialect than its face's. */
export const writtenTier = (dialect: Dialect, body: Uint8Array): ServedTier | null =>
  dialect.askedTier?.(readVendorJson(body, 'The request'), noHeaders) ?? null
