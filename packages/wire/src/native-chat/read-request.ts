import type { ChatCall, JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { asString, invalidField, wrongKind, type NumberRange } from '../json-fields.ts'
import { bothSpellings, memberOf } from './quirk-spelling.ts'
import { readMessages } from './read-messages.ts'

/** Every other field goes to `extras`, and is warned of where the model's API has no such field. */
const knownFields = bothSpellings([
  ...['message', 'messages', 'stream', 'systemPrompt', 'maxTokens', 'temperature'],
  ...['conversationId', 'userId', 'agent', 'useCase', 'role', 'assistantType', 'showNotification'],
])

function numberIn(body: JsonObject, name: string, range: NumberRange): number | null {
  const member = memberOf(body, name)
  if (member === null) return null
  const number = numberOf(member.value)
  if (number === null) throw wrongKind(member.field, 'a number', member.value)
  if (range.whole === true && !Number.isInteger(number)) {
    throw invalidField(member.field, 'must be a whole number.')
  }
  if (number < range.from || number > range.to) {
    throw invalidField(member.field, `must lie between ${range.from} and ${range.to}.`)
  }
  return number
}

function systemOf(body: JsonObject): ChatCall['system'] {
  const prompt = memberOf(body, 'systemPrompt')
  return prompt === null ? [] : [{ kind: 'text', text: asString(prompt.value, prompt.field) }]
}

const extrasOf = (body: JsonObject): readonly (readonly [string, JsonValue])[] =>
  Object.entries(body).filter(([name, value]) => !knownFields.has(name) && value !== null)

/** A native chat in neutral form. Throws `invalid_request` with the field as the caller wrote it. */
export function readRequest(scanned: ScannedRequest): ChatCall {
  const { json: body, stream } = scanned
  const { system, messages, extras } = readMessages(body)
  return {
    system: [...systemOf(body), ...system],
    messages,
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    sampling: {
      maxTokens: numberIn(body, 'maxTokens', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
      temperature: numberIn(body, 'temperature', { from: 0, to: 2 }),
      topP: null,
      topK: null,
      stopSequences: [],
      seed: null,
      frequencyPenalty: null,
      presencePenalty: null,
      logprobs: null,
    },
    responseFormat: null,
    reasoning: null,
    serviceTier: null,
    metadata: {},
    stream,
    streamUsage: true,
    extras: Object.fromEntries([...extrasOf(body), ...extras]),
  }
}
