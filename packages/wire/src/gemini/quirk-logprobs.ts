import type { JsonObject, JsonValue, Logprob, TokenLogprob } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'

function readOne(value: JsonValue | undefined): Logprob | null {
  if (!isJsonObject(value) || typeof value['token'] !== 'string') return null
  const logprob = numberOf(value['logProbability'])
  // Protobuf's JSON leaves out what is zero: certainty.
  return { token: value['token'], logprob: logprob ?? 0, bytes: null }
}

const list = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : [])

/** Null where the vendor tells none. */
export function readLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] | null {
  if (!isJsonObject(value)) return null
  const top = list(value['topCandidates'])
  return list(value['chosenCandidates']).flatMap((chosen, at) => {
    const token = readOne(chosen)
    if (token === null) return []
    const step = top[at]
    const alternatives = list(isJsonObject(step) ? step['candidates'] : undefined)
    return [{ ...token, alternatives: alternatives.flatMap((one) => readOne(one) ?? []) }]
  })
}

const writeOne = ({ token, logprob }: Logprob): JsonObject => ({ token, logProbability: logprob })

export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  return {
    chosenCandidates: tokens.map(writeOne),
    topCandidates: tokens.map(({ alternatives }) => ({ candidates: alternatives.map(writeOne) })),
  }
}
