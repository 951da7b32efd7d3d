import type { Prompt } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { checkJsonMode, readAnswerFormat, textsOf } from './answer-format.ts'
import { readMessages } from './chat-messages.ts'
import { invalid } from './failure.ts'
import {
  list,
  object,
  oneOf,
  onlyMembers,
  optionalFlag,
  optionalList,
  optionalNumber,
  optionalObject,
  optionalText,
  text,
} from './fields.ts'
import { checkChatTools, checkSampling, EFFORTS, reasoningOf } from './reasoning.ts'
import { readTools } from './tools.ts'

/** API reference of chat completions, 2026-11; the SDK's types list the same. */
const MEMBERS: ReadonlySet<string> = new Set(
  (
    'model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens ' +
    'metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options ' +
    'prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream ' +
    'stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'
  ).split(' '),
)
const TIERS = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'] as const

export interface ChatRequest {
  readonly prompt: Prompt
  readonly streams: boolean
  readonly streamsUsage: boolean
  readonly count: number
  /** Alternatives for each token; null = no log probabilities. */
  readonly logprobs: number | null
  readonly serviceTier: string | null
}

function readLimit(body: JsonObject, model: SimulatedModel): number | null {
  const bounds = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }
  const older = optionalNumber(body['max_tokens'], 'max_tokens', bounds)
  const newer = optionalNumber(body['max_completion_tokens'], 'max_completion_tokens', bounds)
  if (older !== null && model.abilities.reasoning === true) {
    throw invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    )
  }
  if (older !== null && newer !== null) {
    throw invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'max_tokens',
    )
  }
  const limit = newer ?? older
  const most = model.maxOutputTokens
  if (limit !== null && most !== null && limit > most) {
    throw invalid(
      `max_tokens is too large: ${limit}. This model supports at most ${most} completion tokens, whereas you provided ${limit}.`,
      newer === null ? 'max_tokens' : 'max_completion_tokens',
      'invalid_value',
    )
  }
  return limit
}

function readStop(body: JsonObject): readonly string[] {
  const { stop } = body
  if (stop === undefined || stop === null) return []
  const all =
    typeof stop === 'string' ? [stop] : list(stop, 'stop').map((one, index) => text(one, `stop[${index}]`))
  if (all.length > 4) {
    throw invalid(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${all.length} instead.`,
      'stop',
      'array_above_max_length',
    )
  }
  return all
}

function readLogprobs(body: JsonObject): number | null {
  const alternatives = optionalNumber(body['top_logprobs'], 'top_logprobs', { from: 0, to: 20, whole: true })
  if (optionalFlag(body['logprobs'], 'logprobs') === true) return alternatives ?? 0
  if (alternatives !== null) {
    throw invalid("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", 'top_logprobs')
  }
  return null
}

function checkNumbers(body: JsonObject): void {
  optionalNumber(body['temperature'], 'temperature', { from: 0, to: 2 })
  optionalNumber(body['top_p'], 'top_p', { from: 0, to: 1 })
  optionalNumber(body['presence_penalty'], 'presence_penalty', { from: -2, to: 2 })
  optionalNumber(body['frequency_penalty'], 'frequency_penalty', { from: -2, to: 2 })
}

/** Reads and judges a body as the vendor does. `model` is the one that it names. */
export function readChatRequest(body: JsonObject, model: SimulatedModel): ChatRequest {
  onlyMembers(body, MEMBERS, '')
  const conversation = readMessages(body, model)
  const offered = readTools(body, optionalList(body['tools'], 'tools'))
  checkNumbers(body)
  const effort = optionalText(body['reasoning_effort'], 'reasoning_effort')
  if (effort !== null) oneOf(effort, 'reasoning_effort', EFFORTS)
  const thinking = reasoningOf(model, effort, 'reasoning_effort')
  checkSampling(body, model, thinking)
  checkChatTools(model, effort, offered.tools.length > 0)
  const streams = optionalFlag(body['stream'], 'stream') ?? false
  const options = optionalObject(body['stream_options'], 'stream_options')
  if (options !== null && !streams) {
    throw invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    )
  }
  const format = optionalObject(body['response_format'], 'response_format')
  const { system, messages } = conversation
  checkJsonMode(format, textsOf([...system, ...messages.flatMap(({ blocks }) => blocks)]), 'messages')
  const tier = optionalText(body['service_tier'], 'service_tier')
  return {
    prompt: {
      ...conversation,
      ...offered,
      mayCallInParallel: optionalFlag(body['parallel_tool_calls'], 'parallel_tool_calls') ?? true,
      maxTokens: readLimit(body, model),
      stopSequences: readStop(body),
      reasoning: thinking === null ? null : { budgetTokens: thinking, told: 'hidden' },
      answerSchema: readAnswerFormat(format, 'response_format', (given) => ({
        definition: object(given['json_schema'], 'response_format.json_schema'),
        where: 'response_format.json_schema',
      })),
    },
    streams,
    streamsUsage: optionalFlag(options?.['include_usage'], 'stream_options.include_usage') ?? false,
    count: optionalNumber(body['n'], 'n', { from: 1, to: 128, whole: true }) ?? 1,
    logprobs: readLogprobs(body),
    serviceTier: tier === null ? null : oneOf(tier, 'service_tier', TIERS),
  }
}
