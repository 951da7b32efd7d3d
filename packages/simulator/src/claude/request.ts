import type { CachePoint, Prompt, PromptBlock, PromptMessage, TextBlock } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { bindThoughts } from './bound-thoughts.ts'
import type { ClaudePlatform } from './bound-thoughts.ts'
import { checkCacheMarks, withRequestMark } from './cache-marks.ts'
import { checkForcedTools, checkSamplingTaken, claudeGeneration } from './generations.ts'
import type { ClaudeGeneration, ClaudeModel } from './generations.ts'
import { cachePointOf, nonEmptyText, readBlock } from './content.ts'
import type { ClaudeRole, ContentRules } from './content.ts'
import { list, oneOf, onlyKnown, optionalList, optionalNumber, optionalOneOf } from './fields.ts'
import { optionalRecord, optionalText, record, text, unknownTag, whole } from './fields.ts'
import { changedTools, EFFORTS, isCleared, isOfOneTurn } from './mid-conversation.ts'
import { isToolChange, readSystemSettings } from './mid-conversation.ts'
import { ClaudeProblem, problemAt } from './problem.ts'
import { checkStrictSchema } from './strict-schema.ts'
import { readThinking, reasoningOf } from './thinking.ts'
import type { ThinkingWish } from './thinking.ts'
import { checkToolSearch } from './tool-search.ts'
import { readToolChoice, readTools } from './tools.ts'
import type { ReadChoice } from './tools.ts'
import { checkTurns } from './turns.ts'

export interface ClaudeRules extends ContentRules {
  /** Token counting: without `max_tokens` and what else steers an answer. */
  readonly counts: boolean
  readonly model: ClaudeModel
  readonly platform: ClaudePlatform
  readonly betas: readonly string[]
}

/*
 * The vendor's own texts that make every model redact its thoughts or refuse, for tests: platform.claude.com,
 * "Extended thinking" and "Streaming refusals" (read November 2026).
 */
const REDACTION_TRIGGER =
  'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB'
const REFUSAL_TRIGGER =
  'ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86'

/**
 * Reads the members that Anthropic's Messages and InvokeModel's Claude body share. The face looks at the others, and at
 * which members may stand at the root, first. Throws ClaudeProblem.
 */
export function readClaudeBody(body: JsonObject, rules: ClaudeRules): Prompt {
  const maxTokens = rules.counts ? null : whole(body['max_tokens'], 'max_tokens', 0)
  const given = list(body['messages'], 'messages')
  const read = given.map((message, index) => readMessage(message, index, rules))
  const messages = read.filter(isTurn)
  const declared = readTools(body['tools'], rules.betas)
  const tools = changedTools(declared, given, rules.betas)
  const choice = readToolChoice(body['tool_choice'], tools)
  // A count is of what is there; whether the model would answer it is not asked, but for forced tools.
  const takes = claudeGeneration(rules.counts ? {} : rules.model)
  checkForcedTools(choice.choice.kind, claudeGeneration(rules.model))
  const thinking = readThinking(body['thinking'], {
    maxTokens,
    answersTool: answersTool(messages),
    betas: rules.betas,
    takes,
  })
  checkTurns(messages, thinking, takes)
  checkToolSearch(messages, declared)
  if (rules.strict) refuseSampling(body)
  checkSampling(body, thinking, takes)
  checkForcedChoice(choice, thinking)
  checkMetadata(body['metadata'])
  const front = readSystem(body['system'])
  const inside = read.filter((_, index) => !isCleared(given, index)).flatMap(systemBlocks)
  const marked = withRequestMark({ tools, system: [...front, ...inside], messages }, cachePointOf(body, ''))
  checkCacheMarks(marked)
  const said = JSON.stringify(messages)
  const kept = read.map((message, index) =>
    isOfOneTurn(given[index]) ? { ...message, blocks: [] } : message,
  )
  const binding = takes.bindsThoughts
    ? {
        binding: bindThoughts(
          { platform: rules.platform, system: front, tools: declared, messages: kept },
          thinking?.dropsUnbound === true,
        ),
      }
    : {}
  const asked = { messages, toolChoice: choice.choice }
  const reasoning = reasoningOf(thinking, asked, said.includes(REDACTION_TRIGGER))
  return {
    ...marked,
    toolChoice: choice.choice,
    mayCallInParallel: choice.mayCallInParallel,
    maxTokens,
    stopSequences: readStopSequences(body['stop_sequences']),
    reasoning: reasoning === null ? null : { ...reasoning, ...binding },
    answerSchema: readAnswerSchema(body),
    refused: said.includes(REFUSAL_TRIGGER),
  }
}

interface ReadMessage {
  readonly role: ClaudeRole
  readonly blocks: readonly PromptBlock[]
}

function isTurn(message: ReadMessage): message is PromptMessage {
  return message.role !== 'system'
}

function answersTool(messages: readonly PromptMessage[]): boolean {
  return messages.at(-1)?.blocks.some((block) => block.kind === 'toolResult') ?? false
}

/** Instructions in the middle of a conversation count as the system's. */
function systemBlocks(message: ReadMessage): readonly (TextBlock | CachePoint)[] {
  if (message.role !== 'system') return []
  return message.blocks.filter((block) => block.kind === 'text' || block.kind === 'cachePoint')
}

function readMessage(value: JsonValue, index: number, rules: ClaudeRules): ReadMessage {
  const where = `messages.${index}`
  const message = record(value, where)
  const role = oneOf(message['role'], `${where}.role`, ['user', 'assistant', 'system'])
  const isSystem = role === 'system'
  onlyKnown(message, where, ['role', 'content', ...(isSystem ? ['output_config', 'clear_at'] : [])])
  const setsEffort = isSystem && readSystemSettings(message, where, rules.betas)
  if (setsEffort && isEmpty(message['content'])) return { role, blocks: [] }
  if (isSystem && index === 0) {
    throw problemAt(
      'messages',
      'Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as the first input message role.',
    )
  }
  const content = message['content']
  if (typeof content === 'string') return { role, blocks: [{ kind: 'text', text: nonEmptyText(content) }] }
  const items = list(content, `${where}.content`)
  if (items.length === 0) throw problemAt(where, 'all messages must have non-empty content')
  return {
    role,
    blocks: items.flatMap((item, at) =>
      isSystem && isToolChange(item) ? [] : readBlock(item, `${where}.content.${at}`, role, rules),
    ),
  }
}

const isEmpty = (content: JsonValue | undefined): boolean =>
  content === undefined || content === null || (Array.isArray(content) && content.length === 0)

function readSystem(value: JsonValue | undefined): readonly (TextBlock | CachePoint)[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [{ kind: 'text', text: value }]
  return list(value, 'system').flatMap((item, index) => {
    const where = `system.${index}`
    const block = record(item, where)
    if (block['type'] !== 'text') throw unknownTag(block['type'], where, ['text'])
    onlyKnown(block, where, ['type', 'text', 'citations', 'cache_control'])
    const content = text(block['text'], `${where}.text`)
    if (content === '') throw problemAt('system', 'text content blocks must be non-empty')
    return [{ kind: 'text', text: content }, ...cachePointOf(block, where)]
  })
}

function refuseSampling(body: JsonObject): void {
  const removed = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined)
  if (removed !== undefined) throw problemAt(removed, 'Extra inputs are not permitted')
}

function checkSampling(body: JsonObject, thinking: ThinkingWish | null, takes: ClaudeGeneration): void {
  const temperature = optionalNumber(body['temperature'], 'temperature', 1)
  const topP = optionalNumber(body['top_p'], 'top_p', 1)
  const topK = optionalNumber(body['top_k'], 'top_k')
  checkSamplingTaken({ temperature, topP, topK }, takes)
  if (thinking?.kind !== 'manual') return
  if (temperature !== null && temperature !== 1) {
    throw new ClaudeProblem('`temperature` may only be set to 1 when thinking is enabled.')
  }
  if (topP !== null && topP < 0.95) {
    throw new ClaudeProblem(
      '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.',
    )
  }
  if (topK !== null) throw new ClaudeProblem('`top_k` must be unset when thinking is enabled.')
}

function checkForcedChoice({ choice }: ReadChoice, thinking: ThinkingWish | null): void {
  if (thinking === null || thinking.isUnasked === true) return
  if (choice.kind !== 'any' && choice.kind !== 'tool') return
  throw new ClaudeProblem('Thinking may not be enabled when tool_choice forces tool use.')
}

function checkMetadata(value: JsonValue | undefined): void {
  const metadata = optionalRecord(value, 'metadata')
  if (metadata === null) return
  onlyKnown(metadata, 'metadata', ['user_id'])
  const user = optionalText(metadata['user_id'], 'metadata.user_id')
  if (user !== null && user.length > 256) {
    throw problemAt('metadata.user_id', 'String should have at most 256 characters')
  }
}

function readStopSequences(value: JsonValue | undefined): readonly string[] {
  return optionalList(value, 'stop_sequences').map((item, index) => {
    const sequence = text(item, `stop_sequences.${index}`)
    if (sequence.trim() === '') {
      throw problemAt('stop_sequences', 'each stop sequence must contain non-whitespace')
    }
    return sequence
  })
}

/** `output_config.format`, and `output_format`, as it was called before. */
export function readAnswerSchema(body: JsonObject): JsonValue | null {
  const config = optionalRecord(body['output_config'], 'output_config')
  if (config !== null) {
    onlyKnown(config, 'output_config', ['effort', 'format', 'task_budget'])
    optionalOneOf(config['effort'], 'output_config.effort', EFFORTS)
  }
  const current = optionalRecord(config?.['format'], 'output_config.format')
  const former = optionalRecord(body['output_format'], 'output_format')
  if (current !== null && former !== null) {
    throw problemAt('output_format', 'Cannot be given together with `output_config.format`')
  }
  const format = current ?? former
  if (format === null) return null
  const where = current === null ? 'output_format' : 'output_config.format'
  oneOf(format['type'], `${where}.type`, ['json_schema'])
  const schema = record(format['schema'], `${where}.schema`)
  checkStrictSchema(schema, `${where}.schema`)
  return schema
}
