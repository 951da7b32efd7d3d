import type {
  ChatCall,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
  Sampling,
  ServiceTier,
} from '@pointsman/contract'

import { bindingField } from '../claude-bound-thoughts.ts'
import type { ScannedRequest } from '../dialect.ts'
import {
  asArray,
  asObject,
  asString,
  invalidField,
  needString,
  readArray,
  readNumber,
  readObject,
  readString,
} from '../json-fields.ts'
import { effortSaid, frontChangedAt, withOfferedTools } from './quirk-mid-conversation.ts'
import { readMessages } from './read-messages.ts'
import { readTools } from './read-tools.ts'

/** Fields that the neutral form has a place for, or that are judged here; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
  'cache_control',
  'stream',
])

function readSampling(body: JsonObject): Sampling {
  const whole = { to: Number.MAX_SAFE_INTEGER, whole: true }
  const stops = readArray(body, 'stop_sequences', '') ?? []
  return {
    maxTokens: readNumber(body, 'max_tokens', '', { ...whole, from: 1 }),
    temperature: readNumber(body, 'temperature', '', { from: 0, to: 1 }),
    topP: readNumber(body, 'top_p', '', { from: 0, to: 1 }),
    topK: readNumber(body, 'top_k', '', { ...whole, from: 0 }),
    stopSequences: stops.map((stop, index) => asString(stop, `stop_sequences[${index}]`)),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    logprobs: null,
  }
}

/** `output_config.format`, and `output_format`, as its beta was called. */
function readResponseFormat(body: JsonObject, config: JsonObject): ResponseFormat | null {
  const current = readObject(config, 'format', 'output_config')
  const format = current ?? readObject(body, 'output_format', '')
  if (format === null) return null
  const path = current === null ? 'output_format' : 'output_config.format'
  if (needString(format, 'type', path) !== 'json_schema') {
    throw invalidField(`${path}.type`, 'must be "json_schema".')
  }
  const schema = asObject(format['schema'], `${path}.schema`)
  return { kind: 'json-schema', name: 'answer', description: null, schema, strict: true }
}

interface ReadThinking {
  readonly reasoning: Reasoning | null
  /** The whole of a kind that only Anthropic has (`between_tools`, and new ones); null otherwise. */
  readonly other: JsonObject | null
}

function readThinking(body: JsonObject, config: JsonObject): ReadThinking {
  const thinking = readObject(body, 'thinking', '')
  const effort = effortSaid(
    asArray(body['messages'], 'messages'),
    readString(config, 'effort', 'output_config'),
  )
  const only = effort === null ? null : { effort, budgetTokens: null, summary: null }
  if (thinking === null) return { reasoning: only, other: null }
  const type = needString(thinking, 'type', 'thinking')
  if (type === 'disabled') {
    return { reasoning: { effort: 'none', budgetTokens: null, summary: null }, other: null }
  }
  if (type !== 'enabled' && type !== 'adaptive') return { reasoning: only, other: thinking }
  const summary = readString(thinking, 'display', 'thinking') === 'summarized' ? 'auto' : null
  const from = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }
  const budgetTokens = type === 'enabled' ? readNumber(thinking, 'budget_tokens', 'thinking', from) : null
  return { reasoning: { effort, budgetTokens, summary }, other: null }
}

function readLabels(body: JsonObject): ChatCall['metadata'] {
  const metadata = readObject(body, 'metadata', '')
  if (metadata === null) return {}
  const labels = Object.entries(metadata).filter(([, value]) => value !== null)
  return Object.fromEntries(labels.map(([name, value]) => [name, asString(value, `metadata.${name}`)]))
}

const serviceTiers: ReadonlyMap<string, ServiceTier> = new Map<string, ServiceTier>([
  ['auto', 'auto'],
  ['standard_only', 'standard'],
])

function readServiceTier(body: JsonObject): ServiceTier | null {
  const word = readString(body, 'service_tier', '')
  if (word === null) return null
  const tier = serviceTiers.get(word)
  if (tier === undefined) throw invalidField('service_tier', 'must be "auto" or "standard_only".')
  return tier
}

function* readExtras(
  body: JsonObject,
  config: JsonObject,
  thinking: JsonObject | null,
): Generator<readonly [string, JsonValue]> {
  if (thinking !== null) yield ['thinking', thinking]
  else {
    const given = readObject(body, 'thinking', '')
    const binding = given?.['block_binding'] ?? null
    if (binding !== null) yield [bindingField, binding]
  }
  for (const [name, value] of Object.entries(config)) {
    if (name !== 'format' && name !== 'effort' && value !== null) yield [`output_config.${name}`, value]
  }
  for (const [name, value] of Object.entries(body)) {
    if (!neutralFields.has(name) && value !== null) yield [name, value]
  }
}

/**
 * A Messages request in neutral form, whole; of a token count too, which has fewer fields. Throws `invalid_request`
 * with the field.
 */
export function readRequest(scanned: ScannedRequest): ChatCall {
  const body = scanned.whole()
  const config = readObject(body, 'output_config', '') ?? {}
  const { tools, toolChoice, parallelToolCalls, extras } = readTools(withOfferedTools(body))
  const { system, messages, extras: inMessages } = readMessages(body)
  const { reasoning, other } = readThinking(body, config)
  const changedAt = frontChangedAt(asArray(body['messages'], 'messages'))
  return {
    system,
    messages,
    ...(changedAt === 0 ? {} : { frontChangedAt: changedAt }),
    tools,
    toolChoice,
    parallelToolCalls,
    sampling: readSampling(body),
    responseFormat: readResponseFormat(body, config),
    reasoning,
    serviceTier: readServiceTier(body),
    metadata: readLabels(body),
    stream: scanned.stream,
    // Anthropic tells usage in every stream.
    streamUsage: true,
    extras: Object.fromEntries([...readExtras(body, config, other), ...extras, ...inMessages]),
  }
}
