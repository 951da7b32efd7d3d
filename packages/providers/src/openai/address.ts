import { PointsmanError, type DialectName, type Operation } from '@pointsman/contract'
import { parseBaseUrl } from '../base-url.ts'

export interface AddressInput {
  readonly operation: Operation
  readonly dialect: DialectName
  readonly upstreamId: string
}

/** A server that speaks OpenAI's API. */
export interface ApiPlace {
  /** With the path that stands before `/chat/completions`: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Where an operator sets it, for messages. */
  readonly variable: string
  /** `api-version=2024-10-21`, encoded; empty for none. */
  readonly query: string
  /** The model's name stands in the path too: `/deployments/{name}/chat/completions`, as Azure's dated API has it. */
  readonly deployments: boolean
}

export interface Address {
  readonly origin: string
  readonly host: string
  /** Encoded, with its query, ready to be sent. */
  readonly path: string
}

type Paths = { readonly [Name in Operation]?: string }
const chatPaths: Paths = { chat: 'chat/completions', 'chat-stream': 'chat/completions', embed: 'embeddings' }
const responsesPaths: Paths = {
  chat: 'responses',
  'chat-stream': 'responses',
  'count-tokens': 'responses/input_tokens',
}
const pathsOf = new Map<DialectName, Paths>([
  ['openai-chat', chatPaths],
  ['openai-responses', responsesPaths],
])

// Names of deployments: letters, digits, `-`, `_` and `.` (Azure's own rule, 2026-11); slashes would lead elsewhere.
const deploymentForm = /^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,256}$/

/**
 * Where a call goes. Throws `upstream_unreachable` for a base address that two readers would read differently, and
 * `upstream_model_unavailable` for a call that this API has no path for.
 */
export function openaiAddress({ operation, dialect, upstreamId }: AddressInput, place: ApiPlace): Address {
  const path = pathsOf.get(dialect)?.[operation]
  if (path === undefined) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `OpenAI's API has no ${operation} in the dialect ${dialect}. Choose another model, or another API.`,
    )
  }
  if (place.deployments && !deploymentForm.test(upstreamId)) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `The id "${upstreamId.slice(0, 128)}" cannot be a deployment's name, which is made of letters, digits and . _ -. Correct the model's upstream id in the catalogue.`,
    )
  }
  const base = parseBaseUrl(place.baseUrl, place.variable)
  const deployment = place.deployments ? `/deployments/${upstreamId}` : ''
  const query = place.query === '' ? '' : `?${place.query}`
  return { origin: base.origin, host: base.host, path: `${base.prefix}${deployment}/${path}${query}` }
}
