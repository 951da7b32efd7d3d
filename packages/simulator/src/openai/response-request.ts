import type { Prompt, PromptBlock } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { checkJsonMode, readAnswerFormat, textsOf } from './answer-format.ts'
import { invalid } from './failure.ts'
import {
  oneOf,
  onlyMembers,
  optionalFlag,
  optionalList,
  optionalNumber,
  optionalObject,
  optionalText,
} from './fields.ts'
import { checkSampling, EFFORTS, reasoningOf } from './reasoning.ts'
import { inputItems } from './kept-input.ts'
import { readInput } from './response-input.ts'
import type { ResponseMemory } from './response-memory.ts'
import { readResponseTools } from './tools.ts'

/**
 * API reference of responses, 2026-11; the SDK's types list the same but `client_metadata`, which the vendor's own Codex
 * sends with every request, with an API key too (openai/codex pull 27122, 2026-06).
 */
const MEMBERS: ReadonlySet<string> = new Set(
  (
    'model input background client_metadata context_management conversation include instructions max_output_tokens max_tool_calls metadata ' +
    'moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention ' +
    'reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs ' +
    'top_p truncation user'
  ).split(' '),
)
const SUMMARIES = ['auto', 'concise', 'detailed'] as const
const INCLUDES = [
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
  'file_search_call.results',
  'message.input_image.image_url',
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
  'web_search_call.action.sources',
  'web_search_call.results',
] as const
const TIERS = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'] as const

export interface ResponseRequest {
  readonly prompt: Prompt
  /** What stands before the model: the input, behind what it goes on from. */
  readonly items: readonly JsonObject[]
  /** The answer is kept for later requests. */
  readonly keeps: boolean
  readonly streams: boolean
  /** The thoughts are to be told in short. */
  readonly summarizes: boolean
  /** The thoughts are to come encrypted, so that the next request can bring them back. */
  readonly encrypts: boolean
  /** Alternatives for each token; null = no log probabilities. */
  readonly logprobs: number | null
  readonly serviceTier: string | null
  /** Members that an answer says again. */
  readonly echo: JsonObject
}

/** Conversations are made by another operation, which is not simulated: none can be known. */
function refuseConversation(body: JsonObject): void {
  if (body['conversation'] === undefined || body['conversation'] === null) return
  throw invalid('Conversation not found.', 'conversation', 'conversation_not_found')
}

function readReasoning(body: JsonObject, model: SimulatedModel) {
  const reasoning = optionalObject(body['reasoning'], 'reasoning')
  const effort = optionalText(reasoning?.['effort'], 'reasoning.effort')
  if (effort !== null) oneOf(effort, 'reasoning.effort', EFFORTS)
  const summary = optionalText(reasoning?.['summary'], 'reasoning.summary')
  if (summary !== null) oneOf(summary, 'reasoning.summary', SUMMARIES)
  const budgetTokens = reasoningOf(model, effort, 'reasoning.effort')
  return { budgetTokens, effort, summary }
}

function readLimit(body: JsonObject, model: SimulatedModel): number | null {
  const bounds = { from: 16, to: Number.MAX_SAFE_INTEGER, whole: true }
  const limit = optionalNumber(body['max_output_tokens'], 'max_output_tokens', bounds)
  const most = model.maxOutputTokens
  if (limit !== null && most !== null && limit > most) {
    throw invalid(
      `Invalid 'max_output_tokens': integer above maximum value. Expected a value <= ${most}, but got ${limit} instead.`,
      'max_output_tokens',
      'integer_above_max_value',
    )
  }
  return limit
}

function readFormat(body: JsonObject, input: readonly PromptBlock[]) {
  const format = optionalObject(optionalObject(body['text'], 'text')?.['format'], 'text.format')
  checkJsonMode(format, textsOf(input), 'input')
  const where = 'text.format'
  return { format, answerSchema: readAnswerFormat(format, where, (definition) => ({ definition, where })) }
}

function readIncluded(body: JsonObject): Pick<ResponseRequest, 'encrypts' | 'logprobs'> {
  const include = optionalList(body['include'], 'include').map((one, index) =>
    oneOf(one, `include[${index}]`, INCLUDES),
  )
  const bounds = { from: 0, to: 20, whole: true }
  const alternatives = optionalNumber(body['top_logprobs'], 'top_logprobs', bounds)
  return {
    encrypts: include.includes('reasoning.encrypted_content'),
    logprobs: include.includes('message.output_text.logprobs') ? (alternatives ?? 0) : null,
  }
}

/** Reads and judges a body as the vendor does. `model` is the one that it names. */
export function readResponseRequest(
  body: JsonObject,
  model: SimulatedModel,
  memory: ResponseMemory,
): ResponseRequest {
  onlyMembers(body, MEMBERS, '')
  refuseConversation(body)
  const items = inputItems(body, memory)
  const { input, ...conversation } = readInput(body, items, model)
  const offered = readResponseTools(body, items)
  optionalNumber(body['temperature'], 'temperature', { from: 0, to: 2 })
  optionalNumber(body['top_p'], 'top_p', { from: 0, to: 1 })
  const reasoning = readReasoning(body, model)
  checkSampling(body, model, reasoning.budgetTokens)
  const { format, answerSchema } = readFormat(body, input)
  const tier = optionalText(body['service_tier'], 'service_tier')
  const included = readIncluded(body)
  const mayCallInParallel = optionalFlag(body['parallel_tool_calls'], 'parallel_tool_calls') ?? true
  const maxTokens = readLimit(body, model)
  const keeps = optionalFlag(body['store'], 'store') ?? true
  return {
    items: items.map(({ item }) => item),
    keeps,
    prompt: {
      ...conversation,
      ...offered,
      mayCallInParallel,
      maxTokens,
      stopSequences: [],
      reasoning:
        reasoning.budgetTokens === null ? null : { budgetTokens: reasoning.budgetTokens, told: 'hidden' },
      answerSchema,
    },
    streams: optionalFlag(body['stream'], 'stream') ?? false,
    summarizes: reasoning.summary !== null,
    ...included,
    serviceTier: tier === null ? null : oneOf(tier, 'service_tier', TIERS),
    echo: {
      instructions: optionalText(body['instructions'], 'instructions'),
      max_output_tokens: maxTokens,
      metadata: optionalObject(body['metadata'], 'metadata') ?? {},
      parallel_tool_calls: mayCallInParallel,
      previous_response_id: body['previous_response_id'] ?? null,
      reasoning: { effort: reasoning.effort, summary: reasoning.summary },
      store: keeps,
      temperature: body['temperature'] ?? 1,
      text: { format: format ?? { type: 'text' } },
      tool_choice: body['tool_choice'] ?? 'auto',
      tools: body['tools'] ?? [],
      top_p: body['top_p'] ?? 1,
      truncation: body['truncation'] ?? 'disabled',
    },
  }
}
