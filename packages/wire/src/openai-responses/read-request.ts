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
  invalidField,
  isJsonObject,
  needString,
  readArray,
  readBoolean,
  readLabels,
  readNumber,
  readObject,
  readString,
} from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { ToolNames } from './quirk-namespaces.ts'
import { readMessages } from './read-messages.ts'
import { readTools } from './read-tools.ts'

/** Fields that the neutral form has a place for, or that are judged here; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'text',
  'reasoning',
  'metadata',
  'include',
  'stream',
  'stream_options',
  'previous_response_id',
  'conversation',
  'background',
  'prompt',
])

/** Values that ask for nothing beyond what happens anyway: left out without a word. */
const defaults: ReadonlyMap<string, readonly JsonValue[]> = new Map<string, readonly JsonValue[]>([
  ['service_tier', ['auto', 'default', 'flex', 'priority']],
  ['store', [false]],
  ['truncation', ['disabled']],
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

/** What only the keeper of earlier answers can honour. */
const keptByOpenai: readonly (readonly [string, string])[] = [
  ['previous_response_id', 'answers are not stored here; send the whole conversation as `input`.'],
  ['conversation', 'conversations are not stored here; send the whole conversation as `input`.'],
  ['prompt', 'prompts are not stored here; send `instructions` and `input`.'],
]

function refuseStored(body: JsonObject): void {
  for (const [name, why] of keptByOpenai) {
    if (body[name] !== undefined && body[name] !== null) throw unsupported(name, why)
  }
  // Another type than the form's would reach a vendor that has the same field.
  readBoolean(body, 'store', '')
  if (readBoolean(body, 'background', '') === true) {
    throw unsupported('background', 'answers come while you wait; leave it out, or choose a model of OpenAI.')
  }
}

/** What `include` asks for beside the two that the neutral form knows. */
function otherIncludes(body: JsonObject): readonly JsonValue[] {
  const known = new Set<JsonValue>(['reasoning.encrypted_content', 'message.output_text.logprobs'])
  return (readArray(body, 'include', '') ?? []).filter((name) => !known.has(name))
}

function readLogprobs(body: JsonObject): Sampling['logprobs'] {
  const alternatives = readNumber(body, 'top_logprobs', '', { from: 0, to: 20, whole: true })
  const asked = (readArray(body, 'include', '') ?? []).includes('message.output_text.logprobs')
  return asked || (alternatives ?? 0) > 0 ? { alternatives: alternatives ?? 0 } : null
}

function readSampling(body: JsonObject): Sampling {
  const tokens = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }
  return {
    maxTokens: readNumber(body, 'max_output_tokens', '', tokens),
    temperature: readNumber(body, 'temperature', '', { from: 0, to: 2 }),
    topP: readNumber(body, 'top_p', '', { from: 0, to: 1 }),
    topK: null,
    stopSequences: [],
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    logprobs: readLogprobs(body),
  }
}

function readFormat(text: JsonObject): ResponseFormat | null {
  const format = readObject(text, 'format', 'text')
  if (format === null) return null
  const path = 'text.format'
  const type = needString(format, 'type', path)
  if (type === 'text') return null
  if (type === 'json_object') return { kind: 'json-object' }
  if (type !== 'json_schema') {
    throw invalidField(`${path}.type`, 'must be "text", "json_object" or "json_schema".')
  }
  return {
    kind: 'json-schema',
    name: needString(format, 'name', path),
    description: readString(format, 'description', path),
    schema: readObject(format, 'schema', path) ?? { type: 'object' },
    strict: readBoolean(format, 'strict', path),
  }
}

function readReasoning(reasoning: JsonObject | null): Reasoning | null {
  if (reasoning === null) return null
  const effort = readString(reasoning, 'effort', 'reasoning')
  const summary =
    readString(reasoning, 'summary', 'reasoning') ?? readString(reasoning, 'generate_summary', 'reasoning')
  return effort === null && summary === null ? null : { effort, budgetTokens: null, summary }
}

const isEmpty = (value: JsonValue): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function readExtras(body: JsonObject, foreignTools: readonly JsonObject[]): JsonObject {
  const others = Object.entries(body).filter(
    ([name, value]) =>
      !neutralFields.has(name) &&
      value !== null &&
      !isEmpty(value) &&
      defaults.get(name)?.includes(value) !== true,
  )
  const reasoning = isJsonObject(body['reasoning']) ? body['reasoning'] : {}
  const inReasoning = ['context', 'mode'].flatMap((name): [string, JsonValue][] => {
    const value = reasoning[name]
    return value === undefined || value === null ? [] : [[`reasoning.${name}`, value]]
  })
  const text = isJsonObject(body['text']) ? body['text'] : {}
  const verbosity = readString(text, 'verbosity', 'text')
  const options = readObject(body, 'stream_options', '')
  const isPadded = options !== null && readBoolean(options, 'include_obfuscation', 'stream_options') === true
  const includes = otherIncludes(body)
  return {
    ...Object.fromEntries([...others, ...inReasoning]),
    ...(verbosity === null ? {} : { verbosity }),
    ...(isPadded ? { 'stream_options.include_obfuscation': true } : {}),
    ...(includes.length === 0 ? {} : { include: includes }),
    ...(foreignTools.length === 0 ? {} : { tools: foreignTools }),
  }
}

/**
 * A request for a response in neutral form, whole. Throws `invalid_request` with the field, and `unsupported_parameter`
 * for what only the keeper of earlier answers can honour.
 */
export function readRequest(scanned: ScannedRequest): ChatCall {
  const body = scanned.whole()
  refuseStored(body)
  const names = new ToolNames(body)
  const { tools, toolChoice, foreign } = readTools(body, names)
  const conversation = readMessages(body, names)
  return {
    system: conversation.system,
    messages: conversation.messages,
    tools,
    toolChoice,
    parallelToolCalls: readBoolean(body, 'parallel_tool_calls', ''),
    sampling: readSampling(body),
    responseFormat: readFormat(readObject(body, 'text', '') ?? {}),
    reasoning: readReasoning(readObject(body, 'reasoning', '')),
    serviceTier: serviceTiers.get(readString(body, 'service_tier', '') ?? '') ?? null,
    metadata: readLabels(body, 'metadata', ''),
    stream: scanned.stream,
    // Its last event tells usage, asked or not.
    streamUsage: true,
    extras: { ...readExtras(body, foreign), ...Object.fromEntries(conversation.extras) },
  }
}
