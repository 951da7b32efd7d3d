import type { ForeignPart, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'

/** Members that both APIs have (Bedrock service model, 2026, `SearchResultBlock`; @anthropic-ai/sdk 1.14). */
const shared = ['source', 'title', 'citations'] as const

/** Anthropic's block for a result of the caller's own search. */
export const isSearchResult = (part: ForeignPart): part is ForeignPart & { readonly value: JsonObject } =>
  part.dialect === 'anthropic-messages' && part.name === 'search_result' && isJsonObject(part.value)

const textOf = (block: JsonValue): JsonObject => ({
  text: isJsonObject(block) ? (block['text'] ?? '') : '',
})

/** The same for Converse, which names its blocks by their one member. */
export function writeSearchResult(block: JsonObject): JsonObject {
  const { content } = block
  const members = shared.flatMap((name) => {
    const value = block[name]
    return value === undefined || value === null ? [] : [[name, value] as const]
  })
  const texts = isJsonArray(content) ? content.map(textOf) : []
  return { searchResult: { ...Object.fromEntries(members), content: texts } }
}
