import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { estimateInputTokens } from '../input-size.ts'
import type { MediaTally } from '../input-size.ts'
import {
  asArray,
  asObject,
  invalidField,
  isJsonArray,
  isJsonObject,
  readBoolean,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { readOutlinedBody } from '../read-body.ts'
import { hasOurSignature } from './quirk-call-signature.ts'

function countPart(part: JsonObject, tally: MediaTally): void {
  if (part['type'] === 'image_url') {
    tally.images += 1
    const url = isJsonObject(part['image_url']) ? part['image_url']['url'] : undefined
    if (typeof url === 'string' && url.startsWith('data:')) tally.mediaCharacters += tally.charactersOf(url)
  } else if (part['type'] === 'file') {
    tally.documents += 1
    const data = isJsonObject(part['file']) ? part['file']['file_data'] : undefined
    if (typeof data === 'string') tally.mediaCharacters += tally.charactersOf(data)
  }
}

/** Counts the media of one message in OpenAI's form. */
export function countMessage(message: JsonObject, path: string, tally: MediaTally): void {
  const content = message['content']
  if (content === undefined || content === null || typeof content === 'string') return
  if (!isJsonArray(content)) throw wrongKind(`${path}.content`, 'a string or an array of parts', content)
  for (const [index, part] of content.entries()) {
    countPart(asObject(part, `${path}.content[${index}]`), tally)
  }
}

const hasToolTurn = (message: JsonObject): boolean =>
  message['role'] === 'tool' || (isJsonArray(message['tool_calls']) && message['tool_calls'].length > 0)

const isMarkedMessage = (message: JsonValue): boolean =>
  isJsonObject(message) && isJsonArray(message['tool_calls']) && message['tool_calls'].some(hasOurSignature)

/** `tool_choice: "none"` needs no tools from the model, unless the conversation already holds calls. */
function needsTools(json: JsonObject, messages: readonly JsonValue[]): boolean {
  const offered = isJsonArray(json['tools']) && json['tools'].length > 0 && json['tool_choice'] !== 'none'
  return offered || messages.some((message) => isJsonObject(message) && hasToolTurn(message))
}

function needsSchema(json: JsonObject): boolean {
  return isJsonObject(json['response_format']) && json['response_format']['type'] === 'json_schema'
}

function readModel(json: JsonObject): string | null {
  const model = readString(json, 'model', '')
  if (model !== null && model.trim() === '') throw invalidField('model', 'must not be empty.')
  return model
}

/**
 * What routing needs of a chat completion request. `stream` of the body counts; the path says nothing.
 * Only the outline is checked, so that a body for OpenAI itself may hold what we do not know yet.
 */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const { bytes, charactersOf, json, modelSpan, whole } = readOutlinedBody(received)
  const messages = asArray(json['messages'], 'messages')
  if (messages.length === 0) throw invalidField('messages', 'must hold at least one message.')
  const tally: MediaTally = { images: 0, documents: 0, mediaCharacters: 0, charactersOf }
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index]
    // As most are: there is nothing to count, and no place to be named.
    if (isJsonObject(message) && typeof message['content'] === 'string') continue
    const path = `messages[${index}]`
    countMessage(asObject(message, path), path, tally)
  }
  const streaming = stream ?? readBoolean(json, 'stream', '') ?? false
  const effort = json['reasoning_effort']
  return {
    model: readModel(json),
    stream: streaming,
    needs: {
      tools: needsTools(json, messages),
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming,
      jsonSchema: needsSchema(json),
      reasoning: typeof effort === 'string' && effort !== 'none',
      inputTokensEstimate: estimateInputTokens(bytes.length, tally),
    },
    bytes,
    json,
    whole,
    modelSpan,
    marked: messages.some(isMarkedMessage),
  }
}
