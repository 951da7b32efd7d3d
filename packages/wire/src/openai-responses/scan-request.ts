import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { estimateInputTokens } from '../input-size.ts'
import type { MediaTally } from '../input-size.ts'
import {
  asObject,
  invalidField,
  isJsonArray,
  isJsonObject,
  readBoolean,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { readOutlinedBody } from '../read-body.ts'
import { isMarked } from '../signatures.ts'
import { isOurThought } from './quirk-reasoning.ts'

interface Tally extends MediaTally {
  toolTurn: boolean
  marked: boolean
}

function countContent(content: JsonValue | undefined, tally: Tally): void {
  if (!isJsonArray(content)) return
  for (const part of content) {
    if (!isJsonObject(part)) continue
    if (part['type'] === 'input_image') {
      tally.images += 1
      const url = part['image_url']
      if (typeof url === 'string' && url.startsWith('data:')) tally.mediaCharacters += tally.charactersOf(url)
    } else if (part['type'] === 'input_file') {
      tally.documents += 1
      const data = part['file_data']
      if (typeof data === 'string') tally.mediaCharacters += tally.charactersOf(data)
    }
  }
}

function countItem(item: JsonObject, tally: Tally): void {
  const type = item['type']
  const encrypted = item['encrypted_content']
  if (type === 'function_call' || type === 'function_call_output' || type === 'additional_tools') {
    tally.toolTurn = true
  }
  if (typeof encrypted === 'string' ? isMarked(encrypted) : isOurThought(item)) tally.marked = true
  countContent(type === 'function_call_output' ? item['output'] : item['content'], tally)
}

function countInput(json: JsonObject, charactersOf: Tally['charactersOf']): Tally {
  const tally: Tally = {
    images: 0,
    documents: 0,
    mediaCharacters: 0,
    toolTurn: false,
    marked: false,
    charactersOf,
  }
  const input = json['input']
  if (input === undefined || input === null || typeof input === 'string') return tally
  if (!isJsonArray(input)) throw wrongKind('input', 'a string or an array of items', input)
  for (const [index, item] of input.entries()) countItem(asObject(item, `input[${index}]`), tally)
  return tally
}

const offersTools = (json: JsonObject): boolean =>
  isJsonArray(json['tools']) && json['tools'].length > 0 && json['tool_choice'] !== 'none'

function needsSchema(json: JsonObject): boolean {
  const format = isJsonObject(json['text']) ? json['text']['format'] : undefined
  return isJsonObject(format) && format['type'] === 'json_schema'
}

function needsReasoning(json: JsonObject): boolean {
  const effort = isJsonObject(json['reasoning']) ? json['reasoning']['effort'] : undefined
  return typeof effort === 'string' && effort !== 'none'
}

function readModel(json: JsonObject): string | null {
  const model = readString(json, 'model', '')
  if (model !== null && model.trim() === '') throw invalidField('model', 'must not be empty.')
  return model
}

/**
 * What routing needs of a request for a response. `stream` of the body counts; the path says nothing. Only the outline
 * is checked, so that a body for OpenAI itself may hold what we do not know yet.
 */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const { bytes, charactersOf, json, modelSpan, whole } = readOutlinedBody(received)
  const tally = countInput(json, charactersOf)
  const streaming = stream ?? readBoolean(json, 'stream', '') ?? false
  return {
    model: readModel(json),
    stream: streaming,
    needs: {
      tools: tally.toolTurn || offersTools(json),
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming,
      jsonSchema: needsSchema(json),
      reasoning: needsReasoning(json),
      inputTokensEstimate: estimateInputTokens(bytes.length, tally),
    },
    bytes,
    json,
    whole,
    modelSpan,
    marked: tally.marked,
  }
}
