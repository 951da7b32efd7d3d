import type { Citation, CitedPlace, JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** Kinds of places inside a document (@anthropic-ai/sdk 1.14, `TextCitation`) by ours, with their members. */
const kinds: { readonly [Unit in CitedPlace['unit']]: readonly [string, string, string] } = {
  characters: ['char_location', 'start_char_index', 'end_char_index'],
  pages: ['page_location', 'start_page_number', 'end_page_number'],
  blocks: ['content_block_location', 'start_block_index', 'end_block_index'],
}
const units = ['characters', 'pages', 'blocks'] as const

/** A place in a result of the caller's own search, which has blocks too. */
const inSearchResult = 'search_result_location'

const unitOf = (type: JsonValue | undefined): CitedPlace['unit'] | undefined =>
  type === inSearchResult ? 'blocks' : units.find((one) => kinds[one][0] === type)

export function readPlace(citation: JsonObject): CitedPlace | null {
  const unit = unitOf(citation['type'])
  if (unit === undefined) return null
  const [, from, to] = kinds[unit]
  const start = numberOf(citation[from])
  const end = numberOf(citation[to])
  return start === null || end === null ? null : { unit, start, end }
}

/**
 * A source as clients of this API read it. A place that is not known is an empty range, which none of
 * Anthropic's own is, so that the next turn is recognised (see isOurCitation).
 */
export function writeCitation(citation: Citation): JsonObject {
  const { title, url, quote, documentIndex, searchResultIndex, place } = citation
  const cited_text = quote ?? ''
  if (searchResultIndex !== undefined) {
    return {
      type: inSearchResult,
      source: url ?? '',
      title,
      cited_text,
      search_result_index: searchResultIndex,
      start_block_index: place?.start ?? 0,
      end_block_index: place?.end ?? 0,
    }
  }
  if (documentIndex === null) {
    return { type: 'web_search_result_location', url: url ?? '', title, cited_text, encrypted_index: '' }
  }
  const [type, start, end] = kinds[place?.unit ?? 'characters']
  return {
    type,
    cited_text,
    document_index: documentIndex,
    document_title: title,
    file_id: null,
    [start]: place?.start ?? 0,
    [end]: place?.end ?? 0,
  }
}

/** One that this server wrote for another vendor's answer: Anthropic would refuse it in a history. */
export const isOurCitation = (value: JsonValue): boolean =>
  isJsonObject(value) &&
  (value['encrypted_index'] === '' || value['end_char_index'] === 0 || value['end_block_index'] === 0)
