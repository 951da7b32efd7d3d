import { PointsmanError } from '@pointsman/contract'
import type { DialectName, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readRequestBody } from '../read-body.ts'

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

/** Text models of before InvokeModel's chats, embeddings and pictures: by a member that tells each (AWS Bedrock user guide, 2026-11). */
const otherFamilies = [
  'prompt',
  'message',
  'chat_history',
  'inputs',
  'textGenerationConfig',
  'taskType',
  'text_prompts',
  'query',
  'inputText',
  'texts',
  'input_type',
  'embedding_types',
]

const why =
  'InvokeModel takes the native bodies of Claude and Nova here, and none for embeddings; use Converse for chats with other models.'

/**
 * Which form a body of InvokeModel has: the path names a model, which may be a route's, so only the body tells what
 * its sender speaks. Throws `invalid_json`, and `invalid_request` with the field for a body of another family.
 */
export function invokeFace(bytes: Uint8Array): DialectName {
  const { json } = readRequestBody(bytes)
  const { messages } = json
  if (isJsonArray(messages)) return familyOfMessages(json, messages)
  if (has(json, ['anthropic_version'])) return 'bedrock-invoke-claude'
  if (has(json, ['schemaVersion'])) return 'bedrock-invoke-nova'
  const field = otherFamilies.find((name) => json[name] !== undefined) ?? 'messages'
  throw new PointsmanError('invalid_request', `\`${field}\`: ${why}`, { field })
}
