import type { ChatCall, Finish, JsonObject, Model } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { stopSequencePath } from '../stop-sequence-path.ts'

/** Converse tells which stop sequence ended an answer only where it is asked for, and of Claude only. */
const fields = 'additionalModelResponseFields'
const paths = 'additionalModelResponseFieldPaths'

/** What asks for it, beside what the caller asks for. */
export function askStopSequence(call: ChatCall, model: Model, extras: JsonObject): JsonObject {
  if (call.sampling.stopSequences.length === 0 || model.format !== 'claude') return {}
  const asked = isJsonArray(extras[paths]) ? extras[paths] : []
  return { [paths]: asked.includes(stopSequencePath) ? asked : [...asked, stopSequencePath] }
}

export function withStopSequence(finish: Finish, told: JsonObject): Finish {
  const member = told[fields]
  const stopSequence = isJsonObject(member) ? member['stop_sequence'] : undefined
  return typeof stopSequence === 'string' ? { ...finish, stopSequence } : finish
}

/** Whether a request asks for it. */
export function asksStopSequence(asked: JsonObject): boolean {
  const present = asked[paths]
  return isJsonArray(present) && present.includes(stopSequencePath)
}

/** Where the caller asked for it and it is known. */
export function writeStopSequence({ stopSequence }: Finish, isAsked: boolean): JsonObject {
  if (stopSequence === undefined || !isAsked) return {}
  return { [fields]: { stop_sequence: stopSequence } }
}
