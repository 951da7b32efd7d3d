import type { Citation, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonObject } from '../json-fields.ts'

/**
 * A source as clients of this API read it. Places inside a source are not known: the range is empty, which none of
 * Anthropic's own is, so that the next turn is recognised (see isOurCitation).
 */
export function writeCitation({ title, url, quote, documentIndex }: Citation): JsonObject {
  const cited_text = quote ?? ''
  if (documentIndex === null) {
    return { type: 'web_search_result_location', url: url ?? '', title, cited_text, encrypted_index: '' }
  }
  return {
    type: 'char_location',
    cited_text,
    document_index: documentIndex,
    document_title: title,
    file_id: null,
    start_char_index: 0,
    end_char_index: 0,
  }
}

/** One that this server wrote for another vendor's answer: Anthropic would refuse it in a history. */
export const isOurCitation = (value: JsonValue): boolean =>
  isJsonObject(value) && (value['encrypted_index'] === '' || value['end_char_index'] === 0)
