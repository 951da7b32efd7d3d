import type { JsonObject } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { besideTokens } from '../unpriced.ts'

/**
 * What an answer was grounded on, followed over its chunks: Google bills each different query that is not empty, of older
 * models a prompt that had any, above a number of free ones (ai.google.dev, pricing and grounding, 2026-11).
 */
export class Grounding {
  readonly #queries = new Set<string>()
  #usedMaps = false

  take(candidates: readonly JsonObject[]): void {
    for (const { groundingMetadata: grounding } of candidates) {
      if (!isJsonObject(grounding)) continue
      const { webSearchQueries, imageSearchQueries, groundingChunks } = grounding
      for (const queries of [webSearchQueries, imageSearchQueries])
        for (const query of isJsonArray(queries) ? queries : [])
          if (typeof query === 'string' && query !== '') this.#queries.add(query)
      this.#usedMaps ||=
        isJsonArray(groundingChunks) &&
        groundingChunks.some((chunk) => isJsonObject(chunk) && isJsonObject(chunk['maps']))
    }
  }

  get unpriced(): readonly string[] {
    return [
      ...(this.#queries.size === 0 ? [] : [besideTokens('Google Search', this.#queries.size)]),
      ...(this.#usedMaps ? [besideTokens('Google Maps', 1)] : []),
    ]
  }
}
