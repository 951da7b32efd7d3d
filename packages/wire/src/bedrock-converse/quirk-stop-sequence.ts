import type { ChatCall, Finish, JsonObject, JsonValue, Model } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { stopSequencePath, streamedStopSequencePath } from '../stop-sequence-path.ts'

/** Converse tells which stop sequence ended an answer only where it is asked for, and of Claude only. */
const fields = 'additionalModelResponseFields'
const paths = 'additionalModelResponseFieldPaths'

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : [])

/** What asks for it, beside what the caller asks for. */
export function askStopSequence(call: ChatCall, model: Model, extras: JsonObject): JsonObject {
  if (call.sampling.stopSequences.length === 0 || model.format !== 'claude') return {}
  const asked = listOf(extras[paths])
  const path = call.stream ? streamedStopSequencePath : stopSequencePath
  return { [paths]: asked.includes(path) ? asked : [...asked, path] }
}

export function withStopSequence(finish: Finish, told: JsonObject): Finish {
  const member = told[fields]
  if (!isJsonObject(member)) return finish
  const { delta, stop_sequence: whole } = member
  const stopSequence = whole ?? (isJsonObject(delta) ? delta['stop_sequence'] : undefined)
  return typeof stopSequence === 'string' ? { ...finish, stopSequence } : finish
}

/** Where a request asks for it. */
export interface AskedStopSequence {
  readonly whole: boolean
  readonly streamed: boolean
}

export function asksStopSequence(asked: JsonObject): AskedStopSequence {
  const present = listOf(asked[paths])
  return { whole: present.includes(stopSequencePath), streamed: present.includes(streamedStopSequencePath) }
}

/** In the place where the caller asked for it, where it is known. */
export function writeStopSequence(
  { stopSequence }: Finish,
  { whole, streamed }: AskedStopSequence,
): JsonObject {
  if (stopSequence === undefined || !(whole || streamed)) return {}
  const told = { stop_sequence: stopSequence }
  return { [fields]: { ...(whole ? told : {}), ...(streamed ? { delta: told } : {}) } }
}
