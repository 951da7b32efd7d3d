import { PointsmanError, unknownUsage } from '@pointsman/contract'
import type { ChatResult, ContentPart, JsonObject, JsonValue, TokenLogprob } from '@pointsman/contract'

import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { citedTexts } from '../openai-citations.ts'
import { readOpenaiError } from '../openai-error.ts'
import { readTokenLogprobs } from '../openai-logprobs.ts'
import { readVendorJson } from '../read-body.ts'
import { argumentsText } from '../tool-arguments.ts'
import { readFinish } from './finish-reasons.ts'
import { readReasoningItem } from './quirk-reasoning.ts'
import { readTier, readUsage } from './usage.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's answer ${problem}.`)

const contentOf = (item: JsonObject): readonly JsonObject[] =>
  isJsonArray(item['content']) ? item['content'].filter(isJsonObject) : []

const foreign = (value: JsonObject): ContentPart => ({
  kind: 'foreign',
  dialect: 'openai-responses',
  name: text(value['type']),
  value,
})

function readMessage(item: JsonObject): readonly ContentPart[] {
  return contentOf(item).flatMap((part): readonly ContentPart[] => {
    switch (part['type']) {
      case 'output_text':
        return citedTexts(text(part['text']), part['annotations'])
      case 'refusal':
        return text(part['refusal']) === '' ? [] : [{ kind: 'text', text: text(part['refusal']) }]
      default:
        return [foreign(part)]
    }
  })
}

function readItem(value: JsonValue): readonly ContentPart[] {
  if (!isJsonObject(value)) throw broken('holds an item that is not an object')
  switch (value['type']) {
    case 'message':
      return readMessage(value)
    case 'reasoning':
      return readReasoningItem(value)
    case 'function_call': {
      const name = text(value['name'])
      if (name === '') throw broken('holds a function call without a name')
      const id = text(value['call_id'])
      return [{ kind: 'tool-call', id, name, argumentsJson: argumentsText(value['arguments']) }]
    }
    default:
      return [foreign(value)]
  }
}

const messagesOf = (output: readonly JsonValue[]): readonly JsonObject[] =>
  output.filter(isJsonObject).filter((item) => item['type'] === 'message')

/** The model's own words for "no" stand in a part of their own. */
const hasRefusal = (output: readonly JsonValue[]): boolean =>
  messagesOf(output).some((item) => contentOf(item).some((part) => part['type'] === 'refusal'))

function readLogprobs(output: readonly JsonValue[]): readonly TokenLogprob[] | null {
  const tokens = messagesOf(output).flatMap((item) =>
    contentOf(item).flatMap((part) => readTokenLogprobs(part['logprobs']) ?? []),
  )
  return tokens.length === 0 ? null : tokens
}

function failureOf(json: JsonObject): PointsmanError | null {
  const error = readOpenaiError(json['error'])
  if (error === null) return null
  const message = `The vendor answered with an error: ${error.message}`
  return new PointsmanError('upstream_error', message, { vendorName: error.name })
}

/**
 * A whole response. Members that we do not know are left alone. Throws `upstream_broken` where it is none, and
 * `upstream_error` where it says that it failed.
 */
export function readResult(body: Uint8Array): ChatResult {
  const json = readVendorJson(body, "The vendor's answer")
  return readOrTell(
    () => readResponse(json),
    () => ({ usage: readUsage(json), serviceTier: readTier(json) }),
  )
}

function readResponse(json: JsonObject): ChatResult {
  const failure = failureOf(json)
  if (failure !== null) throw failure
  const output = json['output']
  if (!isJsonArray(output)) throw broken('has no output')
  const parts = output.flatMap(readItem)
  const held = {
    toolCalls: parts.some((part) => part.kind === 'tool-call'),
    refusal: hasRefusal(output),
  }
  return {
    parts,
    finish: readFinish(json, held),
    usage: readUsage(json) ?? unknownUsage,
    logprobs: readLogprobs(output),
    serviceTier: readTier(json),
    upstreamLatencyMs: null,
  }
}
