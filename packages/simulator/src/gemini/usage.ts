import type { Answer, AnswerUsage } from '../answer/answer.ts'
import { blockTokens } from '../answer/compose.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import type { Prompt, PromptBlock } from '../answer/prompt.ts'
import { estimateBlockTokens, estimatePromptTokens } from '../answer/token-estimate.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { countsPagesAsImages } from './generations.ts'

/** Tokens of a prompt by what they stand for, as `promptTokensDetails` tells them. */
export type Modalities = readonly { readonly modality: string; readonly tokenCount: number }[]

const MODALITY_BY_KIND: Readonly<Partial<Record<PromptBlock['kind'], string>>> = {
  image: 'IMAGE',
  document: 'DOCUMENT',
  media: 'MODALITY_UNSPECIFIED',
}

/** What a prompt costs by modality; whatever is none of the others is text. */
export function promptModalities(prompt: Prompt, model: SimulatedModel): Modalities {
  const tokens = new Map<string, number>()
  for (const block of prompt.messages.flatMap((message) => message.blocks)) {
    const isPage = block.kind === 'document' && countsPagesAsImages(model)
    const modality = isPage ? 'IMAGE' : MODALITY_BY_KIND[block.kind]
    if (modality === undefined) continue
    tokens.set(modality, (tokens.get(modality) ?? 0) + estimateBlockTokens(block))
  }
  const others = [...tokens].map(([modality, tokenCount]) => ({ modality, tokenCount }))
  const text = estimatePromptTokens(prompt) - others.reduce((sum, other) => sum + other.tokenCount, 0)
  return [{ modality: 'TEXT', tokenCount: text }, ...others]
}

/** Fewer than these are not cached (the vendor's page on caching, 2026-10), and nothing before generation 2.5. */
function leastCached(model: SimulatedModel): number {
  const generation = model.generation ?? 3
  if (generation < 2.5) return Infinity
  return generation < 3 ? 2_048 : 4_096
}

/** Cached prompts are kept in whole blocks of so many tokens. */
const BLOCK = 128

/**
 * Counts a prompt, and finds how much of it was seen before: the vendor keeps the beginnings of prompts unasked. Nothing
 * is said, and nothing is charged, for keeping.
 */
export function accountImplicitly(
  cache: PromptCache,
  prompt: Prompt,
  model: SimulatedModel,
): Omit<AnswerUsage, 'outputTokens'> {
  const all = estimatePromptTokens(prompt)
  const least = leastCached(model)
  const kept = { inputTokens: all, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteTimeToLive: null }
  if (model.abilities.promptCaching === false || all < least) return kept
  const { cacheReadTokens } = cache.account(withCachePoints(prompt), `gemini ${model.id}`)
  const read = Math.floor(cacheReadTokens / BLOCK) * BLOCK
  return read < least ? kept : { ...kept, inputTokens: all - read, cacheReadTokens: read }
}

function withCachePoints(prompt: Prompt): Prompt {
  const point = { kind: 'cachePoint', timeToLive: '5m' } as const
  return {
    ...prompt,
    system: [...prompt.system, point],
    messages: prompt.messages.map((message) => ({ ...message, blocks: [...message.blocks, point] })),
  }
}

/** The tokens of thoughts; the rest of an answer's output is its candidates'. */
export function thoughtTokens(answer: Answer): number {
  return answer.blocks
    .filter((block) => block.kind === 'reasoning')
    .reduce((sum, block) => sum + blockTokens(block), 0)
}

export interface UsageToTell {
  readonly usage: AnswerUsage
  readonly modalities: Modalities
  /** So far, where an answer is still under way. */
  readonly candidateTokens: number
  readonly thoughtTokens: number
}

/**
 * `usageMetadata`. `promptTokenCount` includes what was cached, `candidatesTokenCount` excludes thoughts; counts of
 * nothing are left out, as protocol buffers leave out zeros.
 */
export function usageMetadata(told: UsageToTell): JsonObject {
  const { usage, modalities } = told
  const prompt = usage.inputTokens + usage.cacheReadTokens
  return {
    promptTokenCount: prompt,
    ...counted('candidatesTokenCount', told.candidateTokens),
    totalTokenCount: prompt + told.candidateTokens + told.thoughtTokens,
    ...counted('cachedContentTokenCount', usage.cacheReadTokens),
    promptTokensDetails: modalities,
    ...(usage.cacheReadTokens === 0
      ? {}
      : { cacheTokensDetails: [{ modality: 'TEXT', tokenCount: usage.cacheReadTokens }] }),
    ...counted('thoughtsTokenCount', told.thoughtTokens),
  }
}

function counted(name: string, tokens: number): JsonObject {
  return tokens === 0 ? {} : { [name]: tokens }
}
