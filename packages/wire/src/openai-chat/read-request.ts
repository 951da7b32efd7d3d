import type {
  ChatCall,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
  Sampling,
  ServiceTier,
} from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import {
  asArray,
  asObject,
  asString,
  invalidField,
  needString,
  readArray,
  readBoolean,
  readLabels,
  readNumber,
  readObject,
  readString,
} from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { readMessages } from './read-messages.ts'
import { readTools } from './read-tools.ts'

/** Fields that the neutral form has a place for, or that are judged here; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'response_format',
  'reasoning_effort',
  'metadata',
  'stream',
  'stream_options',
  'n',
  'modalities',
  'audio',
  'logprobs',
  'top_logprobs',
])

/** Values that ask for nothing beyond what happens anyway: left out without a word. */
const defaults: ReadonlyMap<string, readonly JsonValue[]> = new Map<string, readonly JsonValue[]>([
  ['service_tier', ['auto', 'default', 'flex', 'priority']],
  ['store', [false]],
])

/** Another one (`scale`) is OpenAI's alone, and stays among the extras. */
const serviceTiers: ReadonlyMap<string, ServiceTier> = new Map<string, ServiceTier>([
  ['auto', 'auto'],
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  // Its name since 2026-07-30 (developers.openai.com, fast mode).
  ['fast', 'priority'],
])

function readStop(body: JsonObject): readonly string[] {
  const stop = body['stop']
  if (stop === undefined || stop === null) return []
  if (typeof stop === 'string') return [stop]
  return asArray(stop, 'stop').map((text, index) => asString(text, `stop[${index}]`))
}

function readLogprobs(body: JsonObject): Sampling['logprobs'] {
  const alternatives = readNumber(body, 'top_logprobs', '', { from: 0, to: 20, whole: true }) ?? 0
  if (readBoolean(body, 'logprobs', '') === true) return { alternatives }
  if (alternatives > 0) throw invalidField('top_logprobs', 'needs `logprobs: true` beside it.')
  return null
}

const tokens = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }
const temperatures = { from: 0, to: 2 }
const share = { from: 0, to: 1 }
const penalty = { from: -2, to: 2 }

function readSampling(body: JsonObject): Sampling {
  // Both are read, so that a wrong type is told in whichever was sent.
  const newer = readNumber(body, 'max_completion_tokens', '', tokens)
  const older = readNumber(body, 'max_tokens', '', tokens)
  return {
    maxTokens: newer ?? older,
    temperature: readNumber(body, 'temperature', '', temperatures),
    topP: readNumber(body, 'top_p', '', share),
    topK: null,
    stopSequences: readStop(body),
    seed: readNumber(body, 'seed', ''),
    frequencyPenalty: readNumber(body, 'frequency_penalty', '', penalty),
    presencePenalty: readNumber(body, 'presence_penalty', '', penalty),
    logprobs: readLogprobs(body),
  }
}

function readResponseFormat(body: JsonObject): ResponseFormat | null {
  const format = readObject(body, 'response_format', '')
  if (format === null) return null
  const type = needString(format, 'type', 'response_format')
  if (type === 'text') return null
  if (type === 'json_object') return { kind: 'json-object' }
  if (type !== 'json_schema') {
    throw invalidField('response_format.type', 'must be "text", "json_object" or "json_schema".')
  }
  const path = 'response_format.json_schema'
  const definition = asObject(format['json_schema'], path)
  return {
    kind: 'json-schema',
    name: needString(definition, 'name', path),
    description: readString(definition, 'description', path),
    // OpenAI leaves `schema` optional: any object then.
    schema: readObject(definition, 'schema', path) ?? { type: 'object' },
    strict: readBoolean(definition, 'strict', path),
  }
}

function readReasoning(body: JsonObject): Reasoning | null {
  const effort = readString(body, 'reasoning_effort', '')
  return effort === null ? null : { effort, budgetTokens: null, summary: null }
}

/** What changes the shape of the answer and has no counterpart with another vendor. */
function refuseOtherAnswers(body: JsonObject): void {
  const count = readNumber(body, 'n', '', { from: 1, to: 128, whole: true })
  if (count !== null && count > 1)
    throw unsupported('n', 'one answer a request; send the request again for more.')
  const modalities = readArray(body, 'modalities', '') ?? []
  if (modalities.includes('audio') || (body['audio'] !== undefined && body['audio'] !== null)) {
    throw unsupported('modalities', 'answers are text; leave out "audio".')
  }
}

const isEmpty = (value: JsonValue): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function readExtras(body: JsonObject): readonly (readonly [string, JsonValue])[] {
  // Most bodies have none: a pair is made for those alone.
  const names = Object.keys(body).filter((name) => !neutralFields.has(name))
  return names
    .map((name) => [name, body[name] ?? null] as const)
    .filter(
      ([name, value]) => value !== null && !isEmpty(value) && defaults.get(name)?.includes(value) !== true,
    )
}

function readStreamOptions(body: JsonObject): { readonly usage: boolean; readonly extras: JsonObject } {
  const options = readObject(body, 'stream_options', '')
  if (options === null) return { usage: false, extras: {} }
  const obfuscation = readBoolean(options, 'include_obfuscation', 'stream_options')
  return {
    usage: readBoolean(options, 'include_usage', 'stream_options') ?? false,
    extras: obfuscation === true ? { 'stream_options.include_obfuscation': true } : {},
  }
}

/**
 * A chat completion request in neutral form, whole. Throws `invalid_request` with the field, and
 * `unsupported_parameter` for what would change the answer's shape (`n`, audio, the old function form).
 */
export function readRequest(scanned: ScannedRequest): ChatCall {
  const body = scanned.whole()
  refuseOtherAnswers(body)
  // Another type than the form's would reach a vendor that has the same field.
  readBoolean(body, 'store', '')
  const { tools, toolChoice } = readTools(body)
  const conversation = readMessages(body)
  const streamOptions = readStreamOptions(body)
  return {
    system: conversation.system,
    messages: conversation.messages,
    tools,
    toolChoice,
    parallelToolCalls: readBoolean(body, 'parallel_tool_calls', ''),
    sampling: readSampling(body),
    responseFormat: readResponseFormat(body),
    reasoning: readReasoning(body),
    serviceTier: serviceTiers.get(readString(body, 'service_tier', '') ?? '') ?? null,
    metadata: readLabels(body, 'metadata', ''),
    stream: scanned.stream,
    streamUsage: streamOptions.usage,
    extras: Object.fromEntries([
      ...readExtras(body),
      ...Object.entries(streamOptions.extras),
      ...conversation.extras,
    ]),
  }
}
