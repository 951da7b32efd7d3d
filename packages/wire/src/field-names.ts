import { PointsmanError } from '@pointsman/contract'
import type { DialectName, JsonObject, JsonValue } from '@pointsman/contract'

import { isGiven, isJsonObject } from './json-fields.ts'

/*
 * Writers name what they refuse or leave out by Chat Completions' words: they do not know who asked. The caller of
 * another face is told the field that it sent.
 */

/** Of several names, the first that the body holds; the first of all where it holds none. */
type FieldNames = ReadonlyMap<string, readonly string[]>

const names = (table: { readonly [field: string]: string | readonly string[] }): FieldNames =>
  new Map(Object.entries(table).map(([field, name]) => [field, typeof name === 'string' ? [name] : name]))

const anthropic = names({
  cache: 'cache_control',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  reasoning_effort: ['output_config.effort', 'thinking'],
  response_format: ['output_config.format', 'output_format'],
  stop: 'stop_sequences',
})

const ownFields = 'additionalModelRequestFields'

const converse = names({
  cache: 'cachePoint',
  max_tokens: 'inferenceConfig.maxTokens',
  metadata: 'requestMetadata',
  parallel_tool_calls: `${ownFields}.tool_choice.disable_parallel_tool_use`,
  reasoning_effort: [
    'outputConfig.effort',
    ...['output_config.effort', 'thinking', 'reasoningConfig', 'reasoning_effort', 'reasoning'].map(
      (name) => `${ownFields}.${name}`,
    ),
  ],
  response_format: ['outputConfig.textFormat', `${ownFields}.output_config.format`],
  service_tier: 'serviceTier',
  stop: 'inferenceConfig.stopSequences',
  temperature: 'inferenceConfig.temperature',
  'thinking.budget_tokens': `${ownFields}.thinking.budget_tokens`,
  tool_choice: ['toolConfig.toolChoice', `${ownFields}.tool_choice`],
  tools: 'toolConfig.tools',
  top_k: [`${ownFields}.top_k`, `${ownFields}.inferenceConfig.topK`],
  top_p: 'inferenceConfig.topP',
})

const generation = 'generationConfig'

const gemini = names({
  frequency_penalty: `${generation}.frequencyPenalty`,
  logprobs: `${generation}.responseLogprobs`,
  max_tokens: `${generation}.maxOutputTokens`,
  messages: 'contents',
  metadata: 'labels',
  presence_penalty: `${generation}.presencePenalty`,
  reasoning_effort: `${generation}.thinkingConfig`,
  response_format: ['responseJsonSchema', 'responseSchema', 'responseMimeType'].map(
    (name) => `${generation}.${name}`,
  ),
  seed: `${generation}.seed`,
  service_tier: 'serviceTier',
  stop: `${generation}.stopSequences`,
  system: 'systemInstruction',
  temperature: `${generation}.temperature`,
  'thinking.budget_tokens': `${generation}.thinkingConfig.thinkingBudget`,
  tool_choice: 'toolConfig.functionCallingConfig',
  top_k: `${generation}.topK`,
  top_p: `${generation}.topP`,
})

const tables: ReadonlyMap<DialectName, FieldNames> = new Map<DialectName, FieldNames>([
  ['anthropic-messages', anthropic],
  ['bedrock-converse', converse],
  ['bedrock-invoke-claude', anthropic],
  [
    'bedrock-invoke-nova',
    names({
      cache: 'cachePoint',
      max_tokens: ['inferenceConfig.maxTokens', 'inferenceConfig.max_new_tokens'],
      reasoning_effort: 'reasoningConfig',
      stop: 'inferenceConfig.stopSequences',
      temperature: 'inferenceConfig.temperature',
      tool_choice: 'toolConfig.toolChoice',
      tools: 'toolConfig.tools',
      top_k: ['inferenceConfig.topK', 'inferenceConfig.top_k'],
      top_p: ['inferenceConfig.topP', 'inferenceConfig.top_p'],
    }),
  ],
  ['gemini', gemini],
  ['native-chat', names({ messages: ['messages', 'message'] })],
  ['openai-chat', names({ cache: 'cache_control', max_tokens: ['max_tokens', 'max_completion_tokens'] })],
  [
    'openai-responses',
    names({
      logprobs: ['top_logprobs', 'include'],
      max_tokens: 'max_output_tokens',
      messages: 'input',
      reasoning_effort: ['reasoning.effort', 'reasoning'],
      response_format: 'text.format',
      system: ['instructions', 'input'],
      verbosity: 'text.verbosity',
    }),
  ],
])

const holds = (body: JsonObject, path: string): boolean => {
  let value: JsonValue | undefined = body
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined
  return isGiven(value)
}

const labels = 'metadata'

/** What a face calls a field; `body` is the caller's, or its outline. */
function nameIn(face: DialectName, body: JsonObject, field: string): string {
  const table = tables.get(face)
  const isLabel = field.startsWith(`${labels}.`)
  const known = table?.get(isLabel ? labels : field)
  if (known === undefined) return field
  const name = known.find((path) => holds(body, path)) ?? known[0] ?? field
  return isLabel ? `${name}${field.slice(labels.length)}` : name
}

/** A warning (`field: what`) with the field as the caller wrote it. */
export function warningIn(face: DialectName, body: JsonObject, warning: string): string {
  const end = warning.indexOf(': ')
  if (end < 0) return warning
  return nameIn(face, body, warning.slice(0, end)) + warning.slice(end)
}

/** A refusal with the field as the caller wrote it. */
export function refusalIn(face: DialectName, body: JsonObject, error: PointsmanError): PointsmanError {
  const { field } = error.details
  if (field === undefined) return error
  const name = nameIn(face, body, field)
  if (name === field) return error
  const quoted = `\`${field}\``
  const { message } = error
  const named = message.startsWith(quoted) ? `\`${name}\`${message.slice(quoted.length)}` : message
  return new PointsmanError(error.code, named, { ...error.details, field: name })
}
