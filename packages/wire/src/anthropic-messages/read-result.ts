import { noUsage, PointsmanError, unknownUsage } from '@pointsman/contract'
import type { ChatResult, ContentPart, CountResult, JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { readFinish } from './finish-reasons.ts'
import { readBlock } from './read-messages.ts'
import { readTier, readUsage } from './usage.ts'

const broken = (problem: string, cause?: unknown): PointsmanError =>
  new PointsmanError(
    'upstream_broken',
    `The vendor's answer ${problem}.`,
    cause === undefined ? {} : { cause },
  )

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

function readParts(content: readonly JsonValue[]): readonly ContentPart[] {
  try {
    return content.flatMap((block, index) => readBlock(block, `content[${index}]`))
  } catch (thrown) {
    // The reader of requests says what is wrong with a caller's block; here the vendor sent it.
    const problem = thrown instanceof PointsmanError ? thrown.message : 'a block cannot be read'
    throw broken(`holds a damaged block: ${problem}`, thrown)
  }
}

/**
 * A whole message. Members that we do not know are left alone. Throws `upstream_broken` where it is no message, and
 * `upstream_error` where an error came with status 200, as servers between send it.
 */
export function readResult(body: Uint8Array): ChatResult {
  const json = readVendorJson(body, "The vendor's answer")
  return readOrTell(
    () => readMessage(json),
    () => ({ usage: readUsage(json['usage'], json['container']), serviceTier: readTier(json['usage']) }),
  )
}

function readMessage(json: JsonObject): ChatResult {
  const content = json['content']
  if (!isJsonArray(content)) {
    const error = json['error']
    if (!isJsonObject(error)) throw broken('has no content')
    throw new PointsmanError(
      'upstream_error',
      `The vendor answered with an error: ${text(error['message'])}`,
      {
        vendorName: text(error['type']),
      },
    )
  }
  const stopReason = json['stop_reason']
  if (typeof stopReason !== 'string') throw broken('has no stop_reason')
  return {
    parts: readParts(content),
    finish: readFinish(stopReason, json['stop_sequence']),
    usage: readUsage(json['usage'], json['container']) ?? unknownUsage,
    logprobs: null,
    serviceTier: readTier(json['usage']),
    upstreamLatencyMs: null,
  }
}

/** A token count's answer. Throws `upstream_broken` where it has no count. */
export function readCount(body: Uint8Array): CountResult {
  const count = numberOf(readVendorJson(body, "The vendor's answer")['input_tokens'])
  if (count === null || !Number.isSafeInteger(count) || count < 0) throw broken('has no input_tokens')
  return { inputTokens: count, finish: null, usage: noUsage }
}
