import type { JsonObject, JsonValue, Logprob, TokenLogprob } from '@pointsman/contract'

import { numberOf } from './exact-json.ts'
import { isJsonArray, isJsonObject } from './json-fields.ts'

function readOne(value: JsonValue | undefined): Logprob | null {
  if (!isJsonObject(value) || typeof value['token'] !== 'string') return null
  const logprob = numberOf(value['logprob'])
  if (logprob === null) return null
  const bytes = isJsonArray(value['bytes']) ? value['bytes'].map(numberOf) : []
  return {
    token: value['token'],
    logprob,
    bytes: bytes.length === 0 || bytes.includes(null) ? null : bytes.filter((byte) => byte !== null),
  }
}

/** OpenAI's list of tokens with their log probabilities, in chats and responses alike; null where none is told. */
export function readTokenLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] | null {
  if (!isJsonArray(value) || value.length === 0) return null
  const tokens = value.flatMap((one): readonly TokenLogprob[] => {
    const token = readOne(one)
    if (token === null) return []
    const others = isJsonObject(one) && isJsonArray(one['top_logprobs']) ? one['top_logprobs'] : []
    return [{ ...token, alternatives: others.map(readOne).filter((other) => other !== null) }]
  })
  return tokens.length === 0 ? null : tokens
}

const writeOne = ({ token, logprob, bytes }: Logprob): JsonObject => ({ token, logprob, bytes })

export const writeTokenLogprobs = (tokens: readonly TokenLogprob[]): readonly JsonObject[] =>
  tokens.map((token) => ({ ...writeOne(token), top_logprobs: token.alternatives.map(writeOne) }))
