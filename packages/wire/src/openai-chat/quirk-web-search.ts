import type { JsonObject, ToldUsage } from '@pointsman/contract'

import { readCitations } from '../openai-citations.ts'
import { besideTokens, withUnpriced } from '../unpriced.ts'

/**
 * Of a message or a piece of one: it cites pages, so that the model has searched. How often it did no usage of this API tells,
 * and searches are billed by the call (developers.openai.com, pricing and web search with Chat Completions, 2026-11).
 */
export const hasSearched = (message: JsonObject): boolean => readCitations(message['annotations']).length > 0

export const withSearch = (usage: ToldUsage, searched: boolean): ToldUsage =>
  searched ? withUnpriced(usage, [besideTokens('web_search', 1)]) : usage
