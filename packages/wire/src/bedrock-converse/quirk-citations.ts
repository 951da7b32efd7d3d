import type { Citation, CitedPlace, DocumentPart, JsonObject, JsonValue, TextPart } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { asObject, isJsonArray, isJsonObject, readBoolean, readObject, readString } from '../json-fields.ts'

/*
 * Converse's form of what Claude calls citations (Bedrock service model, 2026: `CitationsConfig`, `Citation`,
 * `CitationsContentBlock`).
 */

/** What a document says of citing. */
export function readCiting(document: JsonObject, path: string): Pick<DocumentPart, 'cited' | 'context'> {
  const citations = readObject(document, 'citations', path)
  const asks = citations !== null && readBoolean(citations, 'enabled', `${path}.citations`) === true
  const context = readString(document, 'context', path) ?? ''
  return { ...(asks ? { cited: true } : {}), ...(context === '' ? {} : { context }) }
}

export function writeCiting({ cited, context }: DocumentPart): JsonObject {
  return {
    ...(context === undefined ? {} : { context }),
    ...(cited === true ? { citations: { enabled: true } } : {}),
  }
}

const memberOfUnit: { readonly [Unit in CitedPlace['unit']]: string } = {
  characters: 'documentChar',
  pages: 'documentPage',
  blocks: 'documentChunk',
}
const units = ['characters', 'pages', 'blocks'] as const

const textOrNull = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

const textsOf = (value: JsonValue | undefined): string =>
  isJsonArray(value)
    ? value.map((one) => (isJsonObject(one) ? (textOrNull(one['text']) ?? '') : '')).join('')
    : ''

interface Located {
  readonly documentIndex: number | null
  readonly searchResultIndex: number | null
  readonly place: CitedPlace | null
}

function readPlace(unit: CitedPlace['unit'], given: JsonObject): CitedPlace | null {
  const start = numberOf(given['start'])
  const end = numberOf(given['end'])
  return start === null || end === null ? null : { unit, start, end }
}

function readLocation(location: JsonObject): Located {
  for (const unit of units) {
    const given = location[memberOfUnit[unit]]
    if (!isJsonObject(given)) continue
    const documentIndex = numberOf(given['documentIndex'])
    return { documentIndex, searchResultIndex: null, place: readPlace(unit, given) }
  }
  const found = location['searchResultLocation']
  if (!isJsonObject(found)) return { documentIndex: null, searchResultIndex: null, place: null }
  const searchResultIndex = numberOf(found['searchResultIndex'])
  return { documentIndex: null, searchResultIndex, place: readPlace('blocks', found) }
}

const webAddress = /^https?:\/\//i

/** One source, of a whole answer or of a stream; null where it says nothing of it. */
export function readCitation(value: JsonValue | undefined): Citation | null {
  if (!isJsonObject(value)) return null
  const location = isJsonObject(value['location']) ? value['location'] : {}
  const { web } = location
  const source = textOrNull(value['source'])
  const { documentIndex, searchResultIndex, place } = readLocation(location)
  const title = textOrNull(value['title']) ?? source
  const url =
    (isJsonObject(web) ? textOrNull(web['url']) : null) ??
    (source !== null && (searchResultIndex !== null || webAddress.test(source)) ? source : null)
  const quote = textOrNull(textsOf(value['sourceContent']))
  if (title === null && url === null && quote === null && documentIndex === null) return null
  return {
    title,
    url,
    quote,
    documentIndex,
    ...(searchResultIndex === null ? {} : { searchResultIndex }),
    ...(place === null ? {} : { place }),
  }
}

/** A text with its sources; null where it has a form that is not known. */
export function readCitedText(value: JsonValue, path: string): TextPart | null {
  const block = asObject(value, path)
  const { content, citations } = block
  if (!isJsonArray(content)) return null
  const read = isJsonArray(citations) ? citations.map(readCitation).filter((one) => one !== null) : []
  const text = { kind: 'text', text: textsOf(content) } as const
  return read.length === 0 ? text : { ...text, citations: read }
}

function writeLocation({ documentIndex, searchResultIndex, place, url }: Citation): JsonObject {
  if (searchResultIndex !== undefined) {
    const { start, end } = place ?? { start: 0, end: 0 }
    return {
      ...(url === null ? {} : { source: url }),
      location: { searchResultLocation: { searchResultIndex, start, end } },
    }
  }
  if (documentIndex !== null && place !== undefined) {
    const { unit, start, end } = place
    return { location: { [memberOfUnit[unit]]: { documentIndex, start, end } } }
  }
  return url === null ? {} : { location: { web: { url } } }
}

export function writeCitation(citation: Citation): JsonObject {
  const { title, quote } = citation
  return {
    ...(title === null ? {} : { title }),
    ...(quote === null ? {} : { sourceContent: [{ text: quote }] }),
    ...writeLocation(citation),
  }
}

/** A text of an answer, with its sources where it has any. */
export const writeAnswerText = ({ text, citations = [] }: TextPart): JsonObject =>
  citations.length === 0
    ? { text }
    : { citationsContent: { content: [{ text }], citations: citations.map(writeCitation) } }
