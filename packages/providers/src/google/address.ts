import { PointsmanError, type Operation } from '@pointsman/contract'
import { isEmbedBatch } from '@pointsman/wire'
import { parseBaseUrl } from '../base-url.ts'

export interface AddressInput {
  readonly operation: Operation
  readonly upstreamId: string
  readonly baseUrl: string | null
  /** Tells one embedding from many: they have paths of their own. */
  readonly body: Uint8Array
}

export interface Address {
  readonly origin: string
  readonly host: string
  /** Encoded, with its query, ready to be sent. */
  readonly path: string
}

export const baseUrlVariable = 'GOOGLE_GEMINI_BASE_URL'
const publicAddress = 'https://generativelanguage.googleapis.com'

// Ids of models and of tuned ones; slashes would lead elsewhere (ai.google.dev: models, `name`, 2026-10).
const idForm = /^(?:(models|tunedModels)\/)?((?=[A-Za-z0-9])[A-Za-z0-9._-]{1,128})$/

function verbOf(operation: Operation, body: Uint8Array): string {
  switch (operation) {
    case 'chat':
      return 'generateContent'
    case 'chat-stream':
      // Without the query the answer is one JSON array.
      return 'streamGenerateContent?alt=sse'
    case 'count-tokens':
      return 'countTokens'
    case 'embed':
      return isEmbedBatch(body) ? 'batchEmbedContents' : 'embedContent'
  }
}

/**
 * Where a call goes. Throws `upstream_unreachable` for a base address that two readers would read differently, and
 * `upstream_model_unavailable` for an id that could lead to another path.
 */
export function googleAddress({ operation, upstreamId, baseUrl, body }: AddressInput): Address {
  const [, collection = 'models', id] = idForm.exec(upstreamId) ?? []
  if (id === undefined) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `The id "${upstreamId.slice(0, 128)}" cannot be a Gemini model's, which is made of letters, digits and . _ -. Correct the model's upstream id in the catalogue.`,
    )
  }
  const base = parseBaseUrl(baseUrl ?? publicAddress, baseUrlVariable)
  return {
    origin: base.origin,
    host: base.host,
    path: `${base.prefix}/v1beta/${collection}/${id}:${verbOf(operation, body)}`,
  }
}
