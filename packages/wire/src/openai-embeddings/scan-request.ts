import type { ScannedRequest } from '../dialect.ts'
import { estimateInputTokens } from '../input-size.ts'
import { invalidField, isJsonArray, readString, wrongKind } from '../json-fields.ts'
import { readRequestBody } from '../read-body.ts'

/** What routing needs of a request for embeddings. Only the outline is checked: token lists pass to OpenAI itself. */
export function scanRequest(received: Uint8Array): ScannedRequest {
  const { bytes, json, modelSpan, whole } = readRequestBody(received)
  const input = json['input']
  if (typeof input !== 'string' && !isJsonArray(input)) {
    throw wrongKind('input', 'a string or an array of strings', input)
  }
  if (input.length === 0) throw invalidField('input', 'must not be empty.')
  const model = readString(json, 'model', '')
  if (model !== null && model.trim() === '') throw invalidField('model', 'must not be empty.')
  return {
    model,
    stream: false,
    needs: {
      tools: false,
      images: false,
      documents: false,
      streaming: false,
      jsonSchema: false,
      reasoning: false,
      inputTokensEstimate: estimateInputTokens(bytes.length, {
        images: 0,
        documents: 0,
        mediaCharacters: 0,
      }),
    },
    bytes,
    json,
    whole,
    modelSpan,
    marked: false,
  }
}
