import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { estimateInputTokens } from '../input-size.ts'
import type { MediaTally } from '../input-size.ts'
import { asArray, asObject, isJsonArray, isJsonObject } from '../json-fields.ts'
import { readOutlinedBody } from '../read-body.ts'
import { isMarked } from '../signatures.ts'
import { needsOfFields } from './quirk-model-fields.ts'

/** What the blocks of all messages need of a model. */
interface Tally extends MediaTally {
  toolTurns: number
  /** Signatures that this server marked. */
  marked: number
}

function countCharacters(block: JsonValue | undefined, tally: Tally): void {
  const source = isJsonObject(block) ? block['source'] : undefined
  const bytes = isJsonObject(source) ? source['bytes'] : undefined
  if (typeof bytes === 'string') tally.mediaCharacters += tally.charactersOf(bytes)
}

function countReasoning(content: JsonObject, tally: Tally): void {
  const text = isJsonObject(content['reasoningText']) ? content['reasoningText']['signature'] : undefined
  for (const signature of [text, content['redactedContent']]) {
    if (typeof signature === 'string' && isMarked(signature)) tally.marked += 1
  }
}

function countBlock(block: JsonObject, tally: Tally): void {
  if (block['toolUse'] !== undefined) tally.toolTurns += 1
  else if (block['image'] !== undefined) {
    tally.images += 1
    countCharacters(block['image'], tally)
  } else if (block['document'] !== undefined) {
    tally.documents += 1
    countCharacters(block['document'], tally)
  } else if (isJsonObject(block['toolResult'])) {
    tally.toolTurns += 1
    const content = block['toolResult']['content']
    // A result holds no further results, so this goes one level down and ends.
    if (isJsonArray(content)) for (const item of content) if (isJsonObject(item)) countBlock(item, tally)
  } else if (isJsonObject(block['reasoningContent'])) {
    countReasoning(block['reasoningContent'], tally)
  } else {
    countCharacters(block['video'], tally)
    countCharacters(block['audio'], tally)
  }
}

function countMessages(messages: readonly JsonValue[], charactersOf: Tally['charactersOf']): Tally {
  const tally: Tally = { images: 0, documents: 0, mediaCharacters: 0, toolTurns: 0, marked: 0, charactersOf }
  for (const [index, value] of messages.entries()) {
    const message = asObject(value, `messages[${index}]`)
    const content = asArray(message['content'], `messages[${index}].content`)
    for (const [position, block] of content.entries()) {
      countBlock(asObject(block, `messages[${index}].content[${position}]`), tally)
    }
  }
  return tally
}

function offersTools(json: JsonObject): boolean {
  const config = json['toolConfig']
  return isJsonObject(config) && isJsonArray(config['tools']) && config['tools'].length > 0
}

/**
 * What routing needs of a Converse request. The model and whether it streams stand in the path. Only the
 * outline is checked, so that a body for Bedrock itself may hold what we do not know yet.
 */
export function scanRequest(received: Uint8Array, stream: boolean | null): ScannedRequest {
  const { bytes, charactersOf, json, whole } = readOutlinedBody(received)
  const tally = countMessages(asArray(json['messages'], 'messages'), charactersOf)
  const streaming = stream ?? false
  const output = json['outputConfig']
  const fields = json['additionalModelRequestFields']
  const asked = needsOfFields(isJsonObject(fields) ? fields : {})
  return {
    model: null,
    stream: streaming,
    needs: {
      tools: offersTools(json) || tally.toolTurns > 0,
      images: tally.images > 0,
      documents: tally.documents > 0,
      streaming,
      jsonSchema: asked.jsonSchema || (isJsonObject(output) && isJsonObject(output['textFormat'])),
      reasoning: asked.reasoning,
      inputTokensEstimate: estimateInputTokens(bytes.length, tally),
    },
    bytes,
    json,
    whole,
    modelSpan: null,
    marked: tally.marked > 0,
  }
}
