import { PointsmanError, unknownUsage } from '@pointsman/contract'
import type {
  ChatResult,
  ContentPart,
  JsonObject,
  JsonValue,
  ServedTier,
  Signature,
  Signer,
} from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { bedrockTiers, readServedTier } from '../service-tiers.ts'
import { withUnpriced } from '../unpriced.ts'
import { readFinish } from './finish-reasons.ts'
import { guardrailExtras } from './quirk-guardrail-units.ts'
import { ServerTools } from './quirk-server-tools.ts'
import { withStopSequence } from './quirk-stop-sequence.ts'
import { readBlock } from './read-messages.ts'
import { readUsage } from './usage.ts'

const broken = (problem: string, cause?: unknown): PointsmanError =>
  new PointsmanError(
    'upstream_broken',
    `The vendor's answer ${problem}.`,
    cause === undefined ? {} : { cause },
  )

/** The vendor's own figure of its time, in milliseconds. */
export function readLatency(metrics: JsonValue | undefined): number | null {
  const latencyMs = isJsonObject(metrics) ? numberOf(metrics['latencyMs']) : null
  return latencyMs !== null && latencyMs >= 0 ? latencyMs : null
}

/** The tier that served; real answers tell it where one was asked for. */
export const readTier = (serviceTier: JsonValue | undefined): ServedTier | null =>
  isJsonObject(serviceTier) ? readServedTier(bedrockTiers, serviceTier['type']) : null

function readParts(content: readonly JsonValue[], signer: Signer): readonly ContentPart[] {
  const sign = (value: string): Signature => ({ signer, value })
  try {
    return content.map((block, index) => readBlock(block, `output.message.content[${index}]`, sign))
  } catch (thrown) {
    // The reader of requests says what is wrong with a caller's block; here the vendor sent it.
    const problem = thrown instanceof PointsmanError ? thrown.message : 'a block cannot be read'
    throw broken(`holds a damaged block: ${problem}`, thrown)
  }
}

/**
 * A whole Converse answer. Real ones hold members that no documentation names: unknown ones are left alone.
 * `signer`: of the model that answered. Throws `upstream_broken` where it is no Converse answer.
 */
export function readResult(body: Uint8Array, signer: Signer): ChatResult {
  const json = readVendorJson(body, "The vendor's answer")
  return readOrTell(
    () => readAnswer(json, signer),
    () => ({ usage: readUsage(json['usage']), serviceTier: readTier(json['serviceTier']) }),
  )
}

function readAnswer(json: JsonObject, signer: Signer): ChatResult {
  const output = json['output']
  const message = isJsonObject(output) ? output['message'] : undefined
  const content = isJsonObject(message) ? message['content'] : undefined
  if (!isJsonArray(content)) throw broken('has no output.message.content')
  const stopReason = json['stopReason']
  if (typeof stopReason !== 'string') throw broken('has no stopReason')
  const serverTools = new ServerTools()
  for (const block of content) serverTools.take(block)
  return {
    parts: readParts(content, signer),
    finish: withStopSequence(readFinish(stopReason), json),
    usage: withUnpriced(readUsage(json['usage']) ?? unknownUsage, [
      ...serverTools.unpriced,
      ...guardrailExtras(json['trace']),
    ]),
    logprobs: null,
    serviceTier: readTier(json['serviceTier']),
    upstreamLatencyMs: readLatency(json['metrics']),
  }
}
