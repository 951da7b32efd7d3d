import type { JsonObject } from '@pointsman/contract'

import type { WrittenRequest } from './dialect.ts'
import { isJsonArray } from './json-fields.ts'

/** Bedrock takes betas beside the members of Claude's own body: the caller's, then those that the members want. */
export function withBetas(members: JsonObject, wanted: readonly string[]): JsonObject {
  if (wanted.length === 0) return members
  const { anthropic_beta: given } = members
  return { ...members, anthropic_beta: [...new Set([...(isJsonArray(given) ? given : []), ...wanted])] }
}

/** Anthropic's own callers send them in a header. */
export function saidBetas({ anthropic_beta: betas }: JsonObject): Pick<WrittenRequest, 'headerWords'> {
  return isJsonArray(betas) ? { headerWords: betas.filter((beta) => typeof beta === 'string') } : {}
}
