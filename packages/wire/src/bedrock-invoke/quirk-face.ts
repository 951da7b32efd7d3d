import { PointsmanError } from '@pointsman/contract'
import type { DialectName, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readOutlinedBody } from '../read-body.ts'

const has = (body: JsonObject, names: readonly string[]): boolean =>
  names.some((name) => body[name] !== undefined)

/** Members that only one family has, at the root. */
const claudeMembers = ['anthropic_version', 'anthropic_beta', 'max_tokens', 'thinking', 'stop_sequences']
const novaMembers = ['schemaVersion', 'inferenceConfig', 'toolConfig', 'reasoningConfig']

/** Nova's blocks are named by their one member, Claude's by `type`. */
function isNovaMessage(message: JsonValue): boolean {
  const content = isJsonObject(message) ? message['content'] : undefined
  return isJsonArray(content) && content.some((block) => isJsonObject(block) && block['type'] === undefined)
}

function familyOfMessages(body: JsonObject, messages: readonly JsonValue[]): DialectName {
  // `max_tokens` and the like decide before blocks do: a wrong block is then refused in the right family's words.
  if (has(body, claudeMembers)) return 'bedrock-invoke-claude'
  const isNova = has(body, novaMembers) || messages.some(isNovaMessage)
  return isNova ? 'bedrock-invoke-nova' : 'bedrock-invoke-claude'
}

/** Text models of before InvokeModel's chats, and pictures: by a member that tells each (AWS Bedrock user guide, 2026-11). */
const otherFamilies = [
  'prompt',
  'message',
  'chat_history',
  'inputs',
  'textGenerationConfig',
  'taskType',
  'text_prompts',
  'query',
]
const titanMembers = ['inputText', 'inputImage']
const cohereMembers = ['texts', 'input_type', 'embedding_types']

const why =
  'InvokeModel takes the native bodies of Claude, Nova, and the embedding models of Titan and Cohere here; use Converse for chats with other models.'

/** The form of a body, and whether it asks for vectors. */
export interface InvokeFace {
  readonly name: DialectName
  readonly embeds: boolean
}

function embedFace(json: JsonObject): DialectName | null {
  if (has(json, cohereMembers)) return 'bedrock-invoke-cohere'
  // With a configuration it is a text for Titan to go on with.
  const isTitan = has(json, titanMembers) && !has(json, ['textGenerationConfig'])
  return isTitan ? 'bedrock-invoke-titan' : null
}

function chatFace(json: JsonObject): DialectName | null {
  if (isJsonArray(json['messages'])) return familyOfMessages(json, json['messages'])
  if (has(json, ['anthropic_version'])) return 'bedrock-invoke-claude'
  return has(json, ['schemaVersion']) ? 'bedrock-invoke-nova' : null
}

/**
 * Which form a body of InvokeModel has: the path names a model, which may be a route's, so only the body tells what
 * its sender speaks. Throws `invalid_json`, and `invalid_request` with the field for a body of another family.
 */
export function invokeFace(bytes: Uint8Array): InvokeFace {
  const { json } = readOutlinedBody(bytes)
  const chat = chatFace(json)
  if (chat !== null) return { name: chat, embeds: false }
  const embed = embedFace(json)
  if (embed !== null) return { name: embed, embeds: true }
  const field = otherFamilies.find((name) => json[name] !== undefined) ?? 'messages'
  throw new PointsmanError('invalid_request', `\`${field}\`: ${why}`, { field })
}
