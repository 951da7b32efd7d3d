import type { Citation, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'

/** A source, and the answer's part that rests on it. */
export interface PlacedCitation {
  /** Null = the vendor does not tell. */
  readonly partIndex: number | null
  readonly citation: Citation
}

const text = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null
const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  isJsonArray(value) ? value.filter(isJsonObject) : []

const source = (title: JsonValue | undefined, url: JsonValue | undefined): Citation => ({
  title: text(title),
  url: text(url),
  quote: null,
  documentIndex: null,
})

function ofChunk(chunk: JsonObject | undefined): Citation | null {
  const { web, retrievedContext, maps } = chunk ?? {}
  for (const from of [web, retrievedContext, maps]) {
    if (!isJsonObject(from)) continue
    return { ...source(from['title'], from['uri']), quote: from === web ? null : text(from['text']) }
  }
  return null
}

/** Sources of a search: each support names a piece of the answer and the chunks that it rests on. */
function ofGrounding(metadata: JsonObject): readonly PlacedCitation[] {
  const chunks = list(metadata['groundingChunks'])
  const supports = list(metadata['groundingSupports'])
  if (supports.length === 0) {
    return chunks.flatMap((chunk) => {
      const citation = ofChunk(chunk)
      return citation === null ? [] : [{ partIndex: null, citation }]
    })
  }
  return supports.flatMap((support) => {
    const { segment, groundingChunkIndices } = support
    const place = isJsonObject(segment) ? segment['partIndex'] : undefined
    const indices = isJsonArray(groundingChunkIndices) ? groundingChunkIndices : []
    return indices.flatMap((index) => {
      const citation = typeof index === 'number' ? ofChunk(chunks[index]) : null
      return citation === null ? [] : [{ partIndex: typeof place === 'number' ? place : 0, citation }]
    })
  })
}

const isSame = (a: PlacedCitation, b: PlacedCitation): boolean =>
  a.partIndex === b.partIndex &&
  a.citation.title === b.citation.title &&
  a.citation.url === b.citation.url &&
  a.citation.quote === b.citation.quote

/** What a candidate rests on: sources that it repeats at length, and those of a search. Each once for each part. */
export function readCitations(candidate: JsonObject): readonly PlacedCitation[] {
  const { citationMetadata, groundingMetadata } = candidate
  const cited = isJsonObject(citationMetadata)
    ? list(citationMetadata['citations'] ?? citationMetadata['citationSources'])
    : []
  const all = [
    ...cited.map((one) => ({ partIndex: null, citation: source(one['title'], one['uri']) })),
    ...(isJsonObject(groundingMetadata) ? ofGrounding(groundingMetadata) : []),
  ]
  return all.filter((one, at) => all.findIndex((other) => isSame(one, other)) === at)
}

/** Google's form of sources; null where there are none that it could name. */
export function writeCitations(citations: readonly Citation[]): JsonObject | null {
  const written = citations.flatMap(({ title, url }) =>
    title === null && url === null
      ? []
      : [{ ...(url === null ? {} : { uri: url }), ...(title === null ? {} : { title }) }],
  )
  // Google's own API names the list so; `citations` is Vertex's word, which the SDK makes of it (@google/genai 2.32).
  return written.length === 0 ? null : { citationSources: written }
}
