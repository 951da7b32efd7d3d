import type { JsonObject, JsonValue, Needs } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { estimateInputTokens } from '../input-size.ts'
import type { MediaTally } from '../input-size.ts'
import { asObject, fieldPath, invalidField, isJsonObject } from '../json-fields.ts'
import { usualMediaType } from '../media.ts'
import { readOutlinedBody } from '../read-body.ts'
import type { RequestBody } from '../read-body.ts'
import { isMarked } from '../signatures.ts'
import { isImage } from './quirk-read-media.ts'
import { listIn, member, objectIn } from './quirk-spelling.ts'

/** What is longer is none, and long strings of large bodies are not read to their end. */
const longestMediaType = 64

/** What the parts of all contents need of a model. */
interface Tally extends MediaTally {
  toolTurns: number
  /** Signatures that this server marked. */
  marked: number
}

function countMedia(media: JsonObject, tally: Tally): void {
  const data = media['data']
  if (typeof data === 'string') tally.mediaCharacters += tally.charactersOf(data)
  const mimeType = member(media, 'mimeType')
  const mediaType = typeof mimeType === 'string' ? usualMediaType(mimeType.slice(0, longestMediaType)) : ''
  if (isImage(mediaType)) tally.images += 1
  else if (mediaType.startsWith('text/') || mediaType.startsWith('application/')) tally.documents += 1
}

function countAttached(part: JsonObject, tally: Tally): void {
  for (const name of ['inlineData', 'fileData']) {
    const media = member(part, name)
    if (isJsonObject(media)) countMedia(media, tally)
  }
}

function countPart(part: JsonObject, tally: Tally): void {
  const signature = member(part, 'thoughtSignature')
  if (typeof signature === 'string' && isMarked(signature)) tally.marked += 1
  countAttached(part, tally)
  if (isJsonObject(member(part, 'functionCall'))) tally.toolTurns += 1
  const response = member(part, 'functionResponse')
  if (!isJsonObject(response)) return
  tally.toolTurns += 1
  // What is attached to a response holds no further responses, so this goes one level down and ends.
  for (const one of listIn(response, 'parts')) if (isJsonObject(one)) countAttached(one, tally)
}

function countContents(
  contents: readonly JsonValue[],
  field: string,
  charactersOf: Tally['charactersOf'],
): Tally {
  const tally: Tally = { images: 0, documents: 0, mediaCharacters: 0, toolTurns: 0, marked: 0, charactersOf }
  for (const [index, value] of contents.entries()) {
    const path = `${field}[${index}]`
    const content = asObject(value, path)
    for (const [at, part] of listIn(content, 'parts').entries()) {
      countPart(asObject(part, `${path}.parts[${at}]`), tally)
    }
  }
  return tally
}

function offersTools(request: JsonObject): boolean {
  const calling = objectIn(objectIn(request, 'toolConfig'), 'functionCallingConfig')
  if (calling['mode'] === 'NONE') return false
  return listIn(request, 'tools').some(
    (tool) => isJsonObject(tool) && listIn(tool, 'functionDeclarations').length > 0,
  )
}

function needsReasoning(config: JsonObject): boolean {
  const thinking = objectIn(config, 'thinkingConfig')
  const budget = member(thinking, 'thinkingBudget')
  return (typeof budget === 'number' && budget !== 0) || typeof member(thinking, 'thinkingLevel') === 'string'
}

/** What a request of `generateContent` at `path` of the body needs of a model. */
export function scanGenerateRequest(
  request: JsonObject,
  path: string,
  size: Pick<RequestBody, 'charactersOf'> & { readonly bytes: number; readonly streaming: boolean },
): { readonly needs: Needs; readonly marked: boolean } {
  const field = fieldPath(path, 'contents')
  const contents = listIn(request, 'contents')
  if (contents.length === 0) throw invalidField(field, 'must hold at least one content.')
  const tally = countContents(contents, field, size.charactersOf)
  const config = objectIn(request, 'generationConfig')
  const schema = member(config, 'responseSchema') ?? member(config, 'responseJsonSchema')
  return {
    needs: {
      tools: tally.toolTurns > 0 || offersTools(request),
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming: size.streaming,
      jsonSchema: isJsonObject(schema),
      reasoning: needsReasoning(config),
      inputTokensEstimate: estimateInputTokens(size.bytes, tally),
    },
    marked: tally.marked > 0,
  }
}

export function scanned(
  body: RequestBody,
  request: JsonObject,
  path: string,
  streaming: boolean,
): ScannedRequest {
  const { needs, marked } = scanGenerateRequest(request, path, {
    bytes: body.bytes.length,
    charactersOf: body.charactersOf,
    streaming,
  })
  // The path names the model; a name in the body repeats it.
  return { ...body, model: null, stream: streaming, needs, marked }
}

/**
 * What routing needs of a `generateContent` request; the model and the streaming stand in the path. Only the outline is
 * checked, so that a body for Google itself may hold what we do not know yet.
 */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const body = readOutlinedBody(received)
  return scanned(body, body.json, '', stream ?? false)
}
