import type { AnswerUsage } from '../answer/answer.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import type { Prompt } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedModel } from '../simulated-model.ts'

/** Shorter prompts are not cached, longer ones unasked, in whole blocks (the vendor's guide on prompt caching, 2026-11). */
const LEAST = 1_024
const BLOCK = 128

/** Counts a prompt and what of it was seen before. Keeping costs nothing and is not told. */
export function accountUnasked(
  cache: PromptCache,
  prompt: Prompt,
  model: SimulatedModel,
): Omit<AnswerUsage, 'outputTokens'> {
  const all = estimatePromptTokens(prompt)
  const none = { inputTokens: all, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteTimeToLive: null }
  if (model.abilities.promptCaching === false || all < LEAST) return none
  const { cacheReadTokens } = cache.account(withCachePoints(prompt), `openai ${model.id}`)
  const read = Math.floor(cacheReadTokens / BLOCK) * BLOCK
  return read < LEAST ? none : { ...none, inputTokens: all - read, cacheReadTokens: read }
}

/** A place to resume at behind every message: the next request shares its beginning with this one. */
function withCachePoints(prompt: Prompt): Prompt {
  const point = { kind: 'cachePoint', timeToLive: '5m' } as const
  return {
    ...prompt,
    system: prompt.system.length === 0 ? [] : [...prompt.system, point],
    messages: prompt.messages.map((message) => ({ ...message, blocks: [...message.blocks, point] })),
  }
}
