import type { AnswerPart, ChatResult, Citation, JsonObject, JsonValue, TextPart } from '@pointsman/contract'

import { numberOf } from './exact-json.ts'
import { isJsonArray, isJsonObject } from './json-fields.ts'
import { leftOutMedia, leftOutPart } from './left-out.ts'

const textOrNull = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

/** Chats put the members one level deeper than responses do. */
function membersOf(value: JsonValue): JsonObject | null {
  if (!isJsonObject(value) || value['type'] !== 'url_citation') return null
  return isJsonObject(value['url_citation']) ? value['url_citation'] : value
}

/** One `url_citation` among annotations; null for other kinds, which name files that only OpenAI holds. */
export function readUrlCitation(value: JsonValue): Citation | null {
  const members = membersOf(value)
  const url = textOrNull(members?.['url'])
  if (members === null || url === null) return null
  return { title: textOrNull(members['title']), url, quote: null, documentIndex: null }
}

export const readCitations = (annotations: JsonValue | undefined): readonly Citation[] =>
  isJsonArray(annotations) ? annotations.map(readUrlCitation).filter((citation) => citation !== null) : []

const placeIn = (text: string, value: JsonValue | undefined, otherwise: number): number => {
  const place = numberOf(value)
  return place === null || !Number.isInteger(place) || place < 0 ? otherwise : Math.min(place, text.length)
}

/**
 * A text with its annotations, as pieces that begin and end where annotations do: in the neutral form a citation
 * belongs to a whole text.
 */
export function citedTexts(text: string, annotations: JsonValue | undefined): readonly TextPart[] {
  if (!isJsonArray(annotations)) return text === '' ? [] : [{ kind: 'text', text }]
  const places = annotations.flatMap((value) => {
    const citation = readUrlCitation(value)
    if (citation === null) return []
    const members = membersOf(value)
    const end = placeIn(text, members?.['end_index'], text.length)
    return [{ citation, start: Math.min(end, placeIn(text, members?.['start_index'], end)), end }]
  })
  const bounds = new Set([...places.flatMap(({ start, end }) => [start, end]), text.length])
  const ends = [...bounds].toSorted((a, b) => a - b)
  return ends.flatMap((end, index): readonly TextPart[] => {
    const citations = places.filter((place) => place.end === end).map(({ citation }) => citation)
    const piece = text.slice(ends[index - 1] ?? 0, end)
    if (piece === '') return []
    return [citations.length === 0 ? { kind: 'text', text: piece } : { kind: 'text', text: piece, citations }]
  })
}

export interface CitedSpan {
  readonly start: number
  readonly end: number
}

/** The members of a `url_citation`; null for a source without an address, for which OpenAI has no form. */
export function writeUrlCitation({ url, title }: Citation, { start, end }: CitedSpan): JsonObject | null {
  return url === null ? null : { start_index: start, end_index: end, url, title: title ?? url }
}

/**
 * `url_citation` demands an address, and the other kinds of annotation the id of a file at OpenAI (openai SDK 6.49): to
 * write a source that has neither, one would have to be made up. So it is left out, and said.
 */
const leftOut = 'citations: this API tells only sources that have an address; others were left out'

export const partWarning = (part: AnswerPart): string | null =>
  part.type === 'citation' && part.citation.url === null ? leftOut : leftOutPart(part)

export const resultWarnings = (result: ChatResult): readonly string[] => {
  const isLeftOut = result.parts.some(
    (part) => part.kind === 'text' && part.citations?.some(({ url }) => url === null) === true,
  )
  return isLeftOut ? [leftOut, ...leftOutMedia(result)] : leftOutMedia(result)
}
