import type {
  CachePoint,
  Prompt,
  PromptBlock,
  PromptMessage,
  PromptTool,
  TextBlock,
  ToolChoice,
} from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { validation } from './failure.ts'
import { base64Bytes, malformed } from './fields.ts'
import { sha256Hex } from './sigv4.ts'
import { readThinking } from './thinking.ts'

const VERSIONS = ['bedrock-2023-05-31', '2026-10-21']
const ROOT_KEYS = new Set(
  (
    'anthropic_version anthropic_beta max_tokens messages system tools tool_choice stop_sequences temperature top_p ' +
    'top_k thinking metadata output_config output_format context_management mcp_servers service_tier'
  ).split(' '),
)

/** Reads the body that InvokeModel takes for Claude: Anthropic's Messages, with a version and without model or stream. */
export function readClaudeRequest(body: JsonObject): Prompt {
  const extraneous = Object.keys(body).find((key) => !ROOT_KEYS.has(key))
  if (extraneous !== undefined)
    throw malformed(`#: extraneous key [${extraneous.slice(0, 100)}] is not permitted`)
  for (const key of ['anthropic_version', 'max_tokens', 'messages']) {
    if (body[key] === undefined) throw malformed(`#: required key [${key}] not found`)
  }
  const version = body['anthropic_version']
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    throw validation(`anthropic_version: Input should be '${VERSIONS.join("' or '")}'`)
  }
  const maxTokens = body['max_tokens']
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1) {
    throw malformed(`#/max_tokens: ${JSON.stringify(maxTokens)} is not greater or equal to 1`)
  }
  const messages = list(body['messages'], '#/messages').map(readMessage)
  checkTurns(messages)
  const tools = list(body['tools'] ?? [], '#/tools').flatMap(readTool)
  const choice = record(body['tool_choice'] ?? {}, '#/tool_choice')
  return {
    system: readSystem(body['system']),
    messages,
    tools,
    toolChoice: readChoice(choice, tools),
    mayCallInParallel: choice['disable_parallel_tool_use'] !== true,
    maxTokens,
    stopSequences: list(body['stop_sequences'] ?? [], '#/stop_sequences').map((item) =>
      text(item, '#/stop_sequences'),
    ),
    reasoning: readThinking(body, maxTokens),
    answerSchema: readAnswerSchema(body),
  }
}

function readMessage(value: JsonValue, index: number): PromptMessage {
  const where = `#/messages/${index}`
  const message = record(value, where)
  const role = message['role']
  if (role !== 'user' && role !== 'assistant')
    throw malformed(`${where}/role: ${JSON.stringify(role)} is not a valid enum value`)
  const content = message['content']
  const blocks =
    typeof content === 'string' ? [nonEmpty(content, `messages.${index}`)] : list(content, `${where}/content`)
  if (blocks.length === 0) throw validation(`messages.${index}: user messages must have non-empty content`)
  return {
    role,
    blocks: blocks.flatMap((block, at) =>
      typeof block === 'string' ? [textBlock(block)] : readBlock(block, `messages.${index}.content.${at}`),
    ),
  }
}

function readBlock(value: JsonValue, where: string): readonly PromptBlock[] {
  const block = record(value, where)
  return [blockOfType(block, where), ...cachePointOf(block)]
}

function blockOfType(block: JsonObject, where: string): PromptBlock {
  switch (block['type']) {
    case 'text':
      return textBlock(nonEmpty(text(block['text'], `${where}.text`), where))
    case 'image':
      return { kind: 'image', ...readSource(block['source'], `${where}.image.source`) }
    case 'document':
      return {
        kind: 'document',
        name: typeof block['title'] === 'string' ? block['title'] : 'the document',
        ...readSource(block['source'], `${where}.document.source`),
      }
    case 'thinking':
      return { kind: 'reasoning', text: text(block['thinking'], `${where}.thinking`) }
    case 'redacted_thinking':
      return { kind: 'reasoning', text: '' }
    case 'tool_use':
      return {
        kind: 'toolUse',
        id: text(block['id'], `${where}.tool_use.id`),
        name: text(block['name'], `${where}.tool_use.name`),
        input: record(block['input'], `${where}.tool_use.input`),
      }
    case 'tool_result':
      return {
        kind: 'toolResult',
        toolUseId: text(block['tool_use_id'], `${where}.tool_result.tool_use_id`),
        text: resultText(block['content']),
        failed: block['is_error'] === true,
      }
    default:
      throw validation(
        `${where}: Input tag '${shown(block['type'])}' found using 'type' does not match any of the expected tags: ` +
          "'document', 'image', 'redacted_thinking', 'text', 'thinking', 'tool_result', 'tool_use'",
      )
  }
}

function readSource(value: JsonValue | undefined, where: string): { bytes: number; digest: string } {
  const source = record(value, where)
  const digest = sha256Hex(Buffer.from(JSON.stringify(source)))
  const data = source['data']
  if (source['type'] === 'base64')
    return { bytes: base64Bytes(text(data, `${where}.data`), `${where}.data`), digest }
  if (source['type'] === 'text') return { bytes: Buffer.byteLength(text(data, `${where}.data`)), digest }
  throw validation(
    `${where}: Input tag '${shown(source['type'])}' found using 'type' does not match any of the expected tags: 'base64', 'text'`,
  )
}

/** First message of the user; each call answered in the next message. Consecutive turns of one role are joined, not refused. */
function checkTurns(messages: readonly PromptMessage[]): void {
  if (messages.length === 0) throw validation('messages: at least one message is required')
  if (messages[0]?.role !== 'user') throw validation('messages: first message must use the "user" role')
  messages.forEach((message, index) => {
    const previous = messages[index - 1]
    const called = previous?.blocks.flatMap((block) => (block.kind === 'toolUse' ? [block.id] : [])) ?? []
    const answered = message.blocks.flatMap((block) => (block.kind === 'toolResult' ? [block.toolUseId] : []))
    const open = called.filter((id) => !answered.includes(id))
    if (open.length > 0) {
      throw validation(
        `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      )
    }
    const stray = answered.find((id) => !called.includes(id))
    if (stray !== undefined) {
      throw validation(
        `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      )
    }
  })
}

function readTool(value: JsonValue, index: number): readonly (PromptTool | CachePoint)[] {
  const tool = record(value, `#/tools/${index}`)
  const name = text(tool['name'], `#/tools/${index}/name`)
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
    throw validation(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
  }
  const schema = record(tool['input_schema'], `#/tools/${index}/input_schema`)
  const description = typeof tool['description'] === 'string' ? tool['description'] : ''
  return [{ kind: 'tool', name, description, schema }, ...cachePointOf(tool)]
}

function readChoice(choice: JsonObject, tools: readonly (PromptTool | CachePoint)[]): ToolChoice {
  switch (choice['type']) {
    case undefined:
    case 'auto':
      return { kind: 'auto' }
    case 'any':
      return { kind: 'any' }
    case 'none':
      return { kind: 'none' }
    case 'tool': {
      const name = text(choice['name'], '#/tool_choice/name')
      if (tools.some((tool) => tool.kind === 'tool' && tool.name === name)) return { kind: 'tool', name }
      throw validation(`Tool '${name.slice(0, 128)}' not found in provided tools`)
    }
    default:
      throw validation(
        `tool_choice: Input tag '${shown(choice['type'])}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`,
      )
  }
}

function readSystem(value: JsonValue | undefined): readonly (TextBlock | CachePoint)[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [textBlock(value)]
  return list(value, '#/system').flatMap((item, index) => {
    const block = record(item, `#/system/${index}`)
    return [
      textBlock(nonEmpty(text(block['text'], `system.${index}.text`), `system.${index}`)),
      ...cachePointOf(block),
    ]
  })
}

function readAnswerSchema(body: JsonObject): JsonValue | null {
  const configured = isJsonObject(body['output_config'])
    ? body['output_config']['format']
    : body['output_format']
  return isJsonObject(configured) && configured['type'] === 'json_schema'
    ? (configured['schema'] ?? null)
    : null
}

function cachePointOf(block: JsonObject): readonly CachePoint[] {
  const control = block['cache_control']
  if (!isJsonObject(control)) return []
  return [{ kind: 'cachePoint', timeToLive: control['ttl'] === '1h' ? '1h' : '5m' }]
}

function resultText(content: JsonValue | undefined): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return content
  return list(content, 'tool_result.content')
    .map((item) => (isJsonObject(item) && typeof item['text'] === 'string' ? item['text'] : '(content)'))
    .join('\n')
}

function textBlock(content: string): TextBlock {
  return { kind: 'text', text: content }
}

function nonEmpty(content: string, where: string): string {
  if (content.trim() === '') throw validation(`${where}: text content blocks must be non-empty`)
  return content
}

function list(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw malformed(`${where}: expected type: JSONArray, found: ${kindOf(value)}`)
  return value as readonly JsonValue[]
}

function record(value: JsonValue | undefined, where: string): JsonObject {
  if (!isJsonObject(value)) throw malformed(`${where}: expected type: JSONObject, found: ${kindOf(value)}`)
  return value
}

function text(value: JsonValue | undefined, where: string): string {
  if (typeof value !== 'string') throw malformed(`${where}: expected type: String, found: ${kindOf(value)}`)
  return value
}

function shown(value: JsonValue | undefined): string {
  return (typeof value === 'string' ? value : JSON.stringify(value ?? null)).slice(0, 60)
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'Null'
  if (Array.isArray(value)) return 'JSONArray'
  const kind = typeof value
  return kind === 'object' ? 'JSONObject' : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
}
