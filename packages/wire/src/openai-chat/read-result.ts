import { PointsmanError, unknownUsage } from '@pointsman/contract'
import type { ChatResult, ContentPart, JsonObject, JsonValue, ServedTier } from '@pointsman/contract'

import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { citedTexts } from '../openai-citations.ts'
import { readOpenaiError } from '../openai-error.ts'
import { readTokenLogprobs } from '../openai-logprobs.ts'
import { readVendorJson } from '../read-body.ts'
import { openaiTiers, readServedTier } from '../service-tiers.ts'
import { argumentsText } from '../tool-arguments.ts'
import { readFinish } from './finish-reasons.ts'
import { hasSearched, withSearch } from './quirk-web-search.ts'
import { readUsage } from './usage.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's answer ${problem}.`)

function readToolCall(value: JsonValue): ContentPart {
  if (!isJsonObject(value)) throw broken('holds a tool call that is not an object')
  const definition = value['function']
  if (!isJsonObject(definition)) {
    return { kind: 'foreign', dialect: 'openai-chat', name: text(value['type']), value }
  }
  const name = text(definition['name'])
  if (name === '') throw broken('holds a tool call without a name')
  return {
    kind: 'tool-call',
    id: text(value['id']),
    name,
    argumentsJson: argumentsText(definition['arguments']),
  }
}

/** Vendors that speak this dialect name reasoning in two ways: `reasoning_content` and `reasoning`. */
function readParts(message: JsonObject): readonly ContentPart[] {
  const reasoning = text(message['reasoning_content']) || text(message['reasoning'])
  const refusal = text(message['refusal'])
  const content = citedTexts(text(message['content']), message['annotations'])
  const calls = message['tool_calls']
  return [
    ...(reasoning === '' ? [] : [{ kind: 'reasoning', text: reasoning, signature: null } as const]),
    ...content,
    ...(content.length > 0 || refusal === '' ? [] : [{ kind: 'text', text: refusal } as const]),
    ...(isJsonArray(calls) ? calls.map(readToolCall) : []),
    ...(isJsonObject(message['audio'])
      ? [{ kind: 'foreign', dialect: 'openai-chat', name: 'audio', value: message['audio'] } as const]
      : []),
  ]
}

/**
 * A whole chat completion. Members that we do not know are left alone. Throws `upstream_broken` where it is no
 * chat completion, and `upstream_error` where an error came with status 200, as some servers send it.
 */
export function readResult(body: Uint8Array): ChatResult {
  const json = readVendorJson(body, "The vendor's answer")
  return readOrTell(
    () => readCompletion(json),
    () => ({ usage: readUsage(json['usage']), serviceTier: readTier(json) }),
  )
}

const readTier = (json: JsonObject): ServedTier | null => readServedTier(openaiTiers, json['service_tier'])

function readCompletion(json: JsonObject): ChatResult {
  const choice = isJsonArray(json['choices']) ? json['choices'][0] : undefined
  if (!isJsonObject(choice)) {
    const error = readOpenaiError(json['error'])
    if (error === null) throw broken('has no choices')
    const { name: vendorName, message } = error
    throw new PointsmanError('upstream_error', `The vendor answered with an error: ${message}`, {
      vendorName,
    })
  }
  const message = choice['message']
  if (!isJsonObject(message)) throw broken('has no message')
  const parts = readParts(message)
  const usage = readUsage(json['usage'])
  return {
    parts,
    finish: readFinish(text(choice['finish_reason']), {
      refusal: text(message['refusal']) !== '',
      toolCalls: parts.some(({ kind }) => kind === 'tool-call'),
    }),
    usage: usage === null ? unknownUsage : withSearch(usage, hasSearched(message)),
    logprobs: isJsonObject(choice['logprobs']) ? readTokenLogprobs(choice['logprobs']['content']) : null,
    serviceTier: readTier(json),
    upstreamLatencyMs: null,
  }
}
