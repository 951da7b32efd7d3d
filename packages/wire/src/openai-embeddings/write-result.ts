import type { EmbedResult } from '@pointsman/contract'

import { encodeBase64Floats } from '../base64-floats.ts'
import type { AnswerAbout } from '../dialect.ts'
import { writeUsage } from './usage.ts'

const encoder = new TextEncoder()

/** A whole list of embeddings, as numbers or packed as the caller asked. */
export function writeResult(result: EmbedResult, about: AnswerAbout): Uint8Array {
  const body = {
    object: 'list',
    data: result.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: about.vectorEncoding === 'base64' ? encodeBase64Floats(vector) : vector,
    })),
    model: about.model,
    usage: writeUsage(result.usage),
  }
  return encoder.encode(JSON.stringify(body))
}
