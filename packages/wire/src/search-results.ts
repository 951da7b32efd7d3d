import type { JsonObject, JsonValue, SearchResult, TextPart } from '@pointsman/contract'

import { isGiven, isJsonObject } from './json-fields.ts'
import { hasOnly, textsOf } from './plain-texts.ts'

/*
 * A result of the caller's own search is a block of its own for Claude, on Messages (`search_result`) as on Converse
 * (`searchResult`), whose members have the same names (@anthropic-ai/sdk 1.14; Bedrock service model, 2026,
 * `SearchResultBlock`). To other models it is a text.
 */

const members: ReadonlySet<string> = new Set([
  'type',
  'source',
  'title',
  'content',
  'citations',
  'cache_control',
])

function asksToCite(citations: JsonValue | undefined): boolean | null {
  if (!isGiven(citations)) return false
  const enabled = isJsonObject(citations) ? citations['enabled'] : null
  return typeof enabled === 'boolean' ? enabled : null
}

/** Null for one that holds what we do not know. */
export function readSearchResult(block: JsonObject): TextPart | null {
  const { source, title, content } = block
  const [cited, texts] = [asksToCite(block['citations']), textsOf(content)]
  if (typeof source !== 'string' || typeof title !== 'string' || texts === null) return null
  if (cited === null || !hasOnly(block, members)) return null
  const text = [`${title} (${source})`, ...texts].join('\n')
  return { kind: 'text', text, searchResult: { source, title, texts, cited } }
}

/** The members that both have; `write` makes the block of each of its texts. */
export const writeSearchResult = (
  { source, title, texts, cited }: SearchResult,
  write: (text: string) => JsonObject,
): JsonObject => ({
  source,
  title,
  content: texts.map(write),
  ...(cited ? { citations: { enabled: true } } : {}),
})
