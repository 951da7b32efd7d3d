import type { Prompt, PromptMessage, PromptTool, CachePoint, ToolChoice } from '../answer/prompt.ts'
import { reasoningOf } from '../claude/thinking.ts'
import { readToolChoice as readOwnChoice } from '../claude/tools.ts'
import type { OfferedTools, ReadChoice } from '../claude/tools.ts'
import type { ThinkingWish } from '../claude/thinking.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { readCachePoint, readContent, readSystemBlock, readToolName } from './converse-content.ts'
import { inBedrocksName } from './claude-request.ts'
import { checkConversation } from './conversation-rules.ts'
import { validation } from './failure.ts'
import {
  checkEnum,
  checkLength,
  checkPattern,
  constraint,
  optionalArray,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
  unionKey,
} from './fields.ts'
import { readLimits } from './inference-limits.ts'
import { readModelFields } from './model-fields.ts'
import { checkStrictTools } from './model-quirks.ts'

/** A Converse request, read and found valid but for what `model-rules.ts` judges. */
export interface ConverseRequest {
  readonly prompt: Prompt
  /** What is asked of Claude's thoughts. */
  readonly thinking: ThinkingWish | null
  /** JSON pointers of what the answer should carry beside the usual. */
  readonly responseFieldPaths: readonly string[]
  readonly performanceLatency: string | null
  readonly serviceTier: string | null
}

/** Reads the body of Converse and ConverseStream; throws what Bedrock answers to one that it refuses. */
export function readConverseRequest(body: JsonObject, model: SimulatedModel): ConverseRequest {
  const messages = readMessages(body['messages'])
  const system = (optionalArray(body['system']) ?? []).map((block, index) =>
    readSystemBlock(block, `system.${index}`),
  )
  const inference = optionalObject(body['inferenceConfig']) ?? {}
  const { tools, toolChoice: ofConverse } = readToolConfig(body['toolConfig'])
  checkStrictTools(body['toolConfig'], model)
  checkConversation(messages, tools.length > 0)
  checkMetadata(body['requestMetadata'])
  if (optionalObject(body['guardrailConfig']) !== undefined) {
    throw validation('The guardrail identifier or version provided in the request does not exist.')
  }
  const limits = readLimits(inference)
  const { thinking, ownToolChoice, ...fields } = readModelFields(
    body['additionalModelRequestFields'],
    limits,
    model,
  )
  const own = ownToolChoice === null ? null : ownChoice(ownToolChoice, tools)
  const toolChoice = own?.choice ?? ofConverse
  if (
    thinking !== null &&
    thinking.isUnasked !== true &&
    (toolChoice.kind === 'any' || toolChoice.kind === 'tool')
  ) {
    throw validation(
      'The model returned the following errors: Thinking may not be enabled when tool_choice forces tool use.',
    )
  }
  return {
    prompt: {
      system,
      messages,
      tools,
      toolChoice,
      mayCallInParallel: own?.mayCallInParallel ?? true,
      maxTokens: limits.maxTokens,
      stopSequences: readStopSequences(inference['stopSequences']),
      reasoning: fields.reasoning ?? reasoningOf(thinking, { messages, toolChoice }, false),
      answerSchema: readAnswerSchema(body['outputConfig']) ?? fields.answerSchema,
    },
    thinking,
    responseFieldPaths: readFieldPaths(body['additionalModelResponseFieldPaths']),
    performanceLatency: readChoice(body['performanceConfig'], 'performanceConfig.latency', [
      'standard',
      'optimized',
    ]),
    serviceTier: readChoice(body['serviceTier'], 'serviceTier.type', SERVICE_TIERS),
  }
}

const ownChoice = (choice: JsonObject, tools: OfferedTools): ReadChoice =>
  inBedrocksName(() => readOwnChoice(choice, tools), 'The model returned the following errors: ')

/** Bedrock service model, 2026, `ServiceTierType`. */
export const SERVICE_TIERS = ['priority', 'default', 'flex', 'reserved'] as const

/** Reads `messages`; the order of roles and tools is checked apart, once the tools are known. */
export function readMessages(value: JsonValue | undefined): readonly PromptMessage[] {
  return requiredArray(value, 'messages').map((item, index) => {
    const where = `messages.${index}`
    const message = requiredObject(item, where)
    const role = requiredString(message['role'], `${where}.role`)
    checkEnum(role, `messages.${index + 1}.member.role`, ['user', 'assistant'])
    return {
      role: role === 'user' ? 'user' : 'assistant',
      blocks: readContent(message['content'], `${where}.content`),
    }
  })
}

export function readStopSequences(value: JsonValue | undefined): readonly string[] {
  const sequences = optionalArray(value) ?? []
  if (sequences.length > 2_500) {
    throw constraint('inferenceConfig.stopSequences', 'Member must have length less than or equal to 2500')
  }
  return sequences.map((sequence, index) => {
    const where = `inferenceConfig.stopSequences.${index + 1}.member`
    const text = requiredString(sequence, where)
    checkLength(text, where, 1, 1_000)
    return text
  })
}

/** Reads `toolConfig`: the tools with the cache points between them, and the choice. */
export function readToolConfig(value: JsonValue | undefined): {
  readonly tools: readonly (PromptTool | CachePoint)[]
  readonly toolChoice: ToolChoice
} {
  const config = optionalObject(value)
  if (config === undefined) return { tools: [], toolChoice: { kind: 'auto' } }
  const listed = requiredArray(config['tools'], 'toolConfig.tools')
  if (listed.length === 0)
    throw constraint('toolConfig.tools', 'Member must have length greater than or equal to 1')
  const tools = listed.map((tool, index) => readTool(tool, `toolConfig.tools.${index + 1}.member`))
  const names = tools.flatMap((tool) => (tool.kind === 'tool' ? [tool.name] : []))
  const doubled = names.find((name, index) => names.indexOf(name) !== index)
  if (doubled !== undefined) {
    throw validation(
      `The toolConfig.tools field contains more than one tool with the name ${doubled}. Tool names must be unique.`,
    )
  }
  return { tools, toolChoice: readToolChoice(config['toolChoice'], names) }
}

function readTool(value: JsonValue, where: string): PromptTool | CachePoint {
  const tool = requiredObject(value, where)
  const key = unionKey(tool, where, ['toolSpec', 'systemTool', 'cachePoint'])
  const member = requiredObject(tool[key], `${where}.${key}`)
  if (key === 'cachePoint') return readCachePoint(member, `${where}.cachePoint`)
  const name = readToolName(member['name'], `${where}.${key}.name`)
  if (key === 'systemTool') throw validation(`The system tool ${name} is not supported by this model.`)
  const description = optionalString(member['description'])
  if (description !== undefined) checkLength(description, `${where}.${key}.description`, 1, 100_000)
  const schema = requiredObject(member['inputSchema'], `${where}.${key}.inputSchema`)
  const json = requiredObject(schema['json'], `${where}.${key}.inputSchema.json`)
  if (json['type'] !== 'object') {
    throw validation(
      `The value at ${where}.${key}.inputSchema.json.type must be one of the following: object.`,
    )
  }
  return { kind: 'tool', name, description: description ?? '', schema: json }
}

function readToolChoice(value: JsonValue | undefined, names: readonly string[]): ToolChoice {
  const choice = optionalObject(value)
  if (choice === undefined) return { kind: 'auto' }
  const key = unionKey(choice, 'toolConfig.toolChoice', ['auto', 'any', 'tool'])
  if (key !== 'tool') return { kind: key === 'any' ? 'any' : 'auto' }
  const name = readToolName(
    requiredObject(choice['tool'], 'toolConfig.toolChoice.tool')['name'],
    'toolConfig.toolChoice.tool.name',
  )
  if (!names.includes(name)) {
    throw validation(
      `The tool ${name} in toolConfig.toolChoice.tool is not one of the tools in toolConfig.tools.`,
    )
  }
  return { kind: 'tool', name }
}

function readAnswerSchema(value: JsonValue | undefined): JsonValue | null {
  const format = optionalObject(optionalObject(value)?.['textFormat'])
  if (format === undefined) return null
  checkEnum(requiredString(format['type'], 'outputConfig.textFormat.type'), 'outputConfig.textFormat.type', [
    'json_schema',
  ])
  const where = 'outputConfig.textFormat.structure.jsonSchema'
  const structure = requiredObject(format['structure'], 'outputConfig.textFormat.structure')
  const text = requiredString(requiredObject(structure['jsonSchema'], where)['schema'], `${where}.schema`)
  try {
    const schema: unknown = JSON.parse(text)
    if (isJsonObject(schema)) return schema
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw validation(`The value at ${where}.schema is not a valid JSON schema.`)
}

function readFieldPaths(value: JsonValue | undefined): readonly string[] {
  const where = 'additionalModelResponseFieldPaths'
  const paths = optionalArray(value) ?? []
  if (paths.length > 10) throw constraint(where, 'Member must have length less than or equal to 10')
  return paths.map((item, index) => {
    const path = requiredString(item, `${where}.${index + 1}.member`)
    if (!path.startsWith('/'))
      throw validation(`The ${where} value ${path.slice(0, 100)} is not a valid JSON pointer.`)
    return path
  })
}

function readChoice(value: JsonValue | undefined, where: string, members: readonly string[]): string | null {
  const member = where.slice(where.indexOf('.') + 1)
  const chosen = optionalString(optionalObject(value)?.[member])
  checkEnum(chosen, where, members)
  return chosen ?? null
}

const METADATA_PATTERN = /^[a-zA-Z0-9\s:_@$#=/+,.-]*$/
const METADATA_SHOWN = '[a-zA-Z0-9\\s:_@$#=/+,-.]*'

function checkMetadata(value: JsonValue | undefined): void {
  const metadata = optionalObject(value)
  if (metadata === undefined) return
  const entries = Object.entries(metadata)
  if (entries.length === 0)
    throw constraint('requestMetadata', 'Member must have length greater than or equal to 1')
  if (entries.length > 16)
    throw constraint('requestMetadata', 'Member must have length less than or equal to 16')
  for (const [name, item] of entries) {
    const text = requiredString(item, `requestMetadata.${name.slice(0, 256)}`)
    checkLength(name, 'requestMetadata', 1, 256)
    checkLength(text, 'requestMetadata', 0, 256)
    checkPattern(name, 'requestMetadata', METADATA_PATTERN, METADATA_SHOWN)
    checkPattern(text, 'requestMetadata', METADATA_PATTERN, METADATA_SHOWN)
  }
}
