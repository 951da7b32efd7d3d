import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { takesAnsweredCalls } from '../claude-takes.ts'
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
import { isMarked } from '../signatures.ts'
import { toolIdForm } from './quirk-names.ts'
import { isOurCitation } from './quirk-citations.ts'
import { saysNoText } from './quirk-mid-conversation.ts'

/** What the blocks of all messages need of a model. */
interface Tally extends MediaTally {
  toolTurns: number
  /** Blocks that this server wrote for another vendor, and Anthropic would refuse. */
  marked: number
}

function countCharacters(block: JsonObject, tally: Tally): void {
  const source = block['source']
  if (!isJsonObject(source) || source['type'] !== 'base64') return
  if (typeof source['data'] === 'string') tally.mediaCharacters += tally.charactersOf(source['data'])
}

/** Anthropic's own thoughts are always signed. */
const isOurThought = ({ signature }: JsonObject): boolean =>
  typeof signature !== 'string' || signature === '' || isMarked(signature)

function countBlock(block: JsonObject, tally: Tally): void {
  switch (block['type']) {
    case 'image':
      tally.images += 1
      countCharacters(block, tally)
      break
    case 'document':
      tally.documents += 1
      countCharacters(block, tally)
      break
    case 'tool_addition':
      tally.toolTurns += 1
      break
    case 'tool_use':
      tally.toolTurns += 1
      if (typeof block['id'] === 'string' && !toolIdForm.test(block['id'])) tally.marked += 1
      break
    case 'tool_result': {
      tally.toolTurns += 1
      const content = block['content']
      // A result holds no further results, so this goes one level down and ends.
      if (isJsonArray(content)) for (const item of content) if (isJsonObject(item)) countBlock(item, tally)
      break
    }
    case 'thinking':
      if (isOurThought(block)) tally.marked += 1
      break
    case 'redacted_thinking':
      if (typeof block['data'] === 'string' && isMarked(block['data'])) tally.marked += 1
      break
    case 'text':
      if (isJsonArray(block['citations']) && block['citations'].some(isOurCitation)) tally.marked += 1
      break
    default:
  }
}

function countMessages(messages: readonly JsonValue[], charactersOf: Tally['charactersOf']): Tally {
  const tally: Tally = { images: 0, documents: 0, mediaCharacters: 0, toolTurns: 0, marked: 0, charactersOf }
  for (const [index, value] of messages.entries()) {
    const place = `messages[${index}].content`
    const message = asObject(value, `messages[${index}]`)
    const { content } = message
    if (typeof content === 'string' || (message['role'] === 'system' && saysNoText(message))) continue
    if (!isJsonArray(content)) throw wrongKind(place, 'a string or an array of blocks', content)
    for (const [position, block] of content.entries()) {
      countBlock(asObject(block, `${place}[${position}]`), tally)
    }
  }
  return tally
}

const typeOf = (value: JsonValue | undefined): JsonValue | undefined =>
  isJsonObject(value) ? value['type'] : undefined

/** `tool_choice: none` needs no tools from the model, unless the conversation already holds calls. */
function needsTools(json: JsonObject, tally: Tally): boolean {
  const offered =
    isJsonArray(json['tools']) && json['tools'].length > 0 && typeOf(json['tool_choice']) !== 'none'
  return offered || tally.toolTurns > 0
}

function needsSchema(json: JsonObject): boolean {
  const config = json['output_config']
  return (isJsonObject(config) && isJsonObject(config['format'])) || isJsonObject(json['output_format'])
}

function needsThinking(json: JsonObject): boolean {
  const type = typeOf(json['thinking'])
  return type !== undefined && type !== 'disabled'
}

function readModel(json: JsonObject): string | null {
  const model = readString(json, 'model', '')
  if (model !== null && model.trim() === '') throw invalidField('model', 'must not be empty.')
  return model
}

/**
 * What routing needs of a Messages request, and of a token count. `stream` of the body counts; the path says nothing.
 * Only the outline is checked, so that a body for Anthropic itself may hold what we do not know yet.
 */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const { bytes, charactersOf, json, modelSpan, whole } = readOutlinedBody(received)
  const messages = asArray(json['messages'], 'messages')
  if (messages.length === 0) throw invalidField('messages', 'must hold at least one message.')
  const tally = countMessages(messages, charactersOf)
  const streaming = stream ?? readBoolean(json, 'stream', '') ?? false
  return {
    model: readModel(json),
    stream: streaming,
    needs: {
      tools: needsTools(json, tally),
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming,
      jsonSchema: needsSchema(json),
      reasoning: needsThinking(json),
      inputTokensEstimate: estimateInputTokens(bytes.length, tally),
    },
    bytes,
    json,
    whole,
    modelSpan,
    // Without the thoughts that Anthropic wants with a tool's result, which another vendor's model does not have.
    marked: tally.marked > 0 || !takesAnsweredCalls(json),
  }
}
