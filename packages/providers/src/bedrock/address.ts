import { joinedText, PointsmanError, type DialectName, type Operation } from '@pointsman/contract'
import { parseBaseUrl } from '../base-url.ts'
import { countedId } from './quirks.ts'

export interface AddressInput {
  readonly operation: Operation
  readonly dialect: DialectName
  readonly upstreamId: string
  readonly region: string
  readonly baseUrl: string | null
}

export interface Address {
  readonly origin: string
  /** What the Host header says: signed, so it is decided here and not by the transport. */
  readonly host: string
  /** Encoded, ready to be sent. */
  readonly path: string
}

const regionForm = /^[a-z0-9-]{1,32}$/
// Ids, profile ids and ARNs are made of these (botocore's pattern of `modelId`); anything else is refused, not escaped,
// so that no id ever means one thing to us and another to a proxy on the way.
const idForm = /^[A-Za-z0-9._:/-]{1,2048}$/
/** CountTokens is one operation with a body for either; everything else has a path for each. */
const conversePath = {
  chat: 'converse',
  'chat-stream': 'converse-stream',
  embed: 'invoke',
  'count-tokens': 'count-tokens',
} as const
const invokePath = { ...conversePath, chat: 'invoke', 'chat-stream': 'invoke-with-response-stream' } as const

/** Where models are called; what Bedrock lists is asked of another host. */
export const bedrockHost = (region: string): string => `bedrock-runtime.${region}.amazonaws.com`

/**
 * Where a call goes: `https://bedrock-runtime.{region}.amazonaws.com/model/{id}/converse[-stream]`, or the same path
 * at the operator's own address. Throws `upstream_model_unavailable` for an id or a region that could lead elsewhere.
 */
export function bedrockAddress(input: AddressInput): Address {
  const { operation, dialect, upstreamId, region, baseUrl } = input
  const paths = dialect === 'bedrock-converse' ? conversePath : invokePath
  const id = operation === 'count-tokens' ? countedId(upstreamId) : upstreamId
  const path = pathOf(id, paths[operation])
  if (baseUrl !== null) return addressAt(baseUrl, 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', path)
  if (!regionForm.test(region)) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `The region "${region.slice(0, 64)}" of model ${upstreamId} is not an AWS region's name. Correct it in the catalogue or in BEDROCK_REGION.`,
    )
  }
  const host = bedrockHost(region)
  return { origin: `https://${host}`, host, path }
}

export interface ListAddressInput {
  readonly region: string
  readonly path: string
  readonly query: { readonly [name: string]: string }
  readonly baseUrl: string | null
}

/**
 * Where Bedrock is asked for what it lists: `https://bedrock.{region}.amazonaws.com/foundation-models`, or the same path at
 * the operator's own address. Throws `invalid_request` for a region that could lead elsewhere.
 */
export function bedrockListAddress({ region, path, query, baseUrl }: ListAddressInput): Address {
  // In the order that a signature wants, so that it is written once.
  const pairs = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = pairs.map(([name, value]) => `${strictlyEncoded(name)}=${strictlyEncoded(value)}`).join('&')
  const target = text === '' ? path : `${path}?${text}`
  if (baseUrl !== null) return addressAt(baseUrl, 'AWS_ENDPOINT_URL_BEDROCK', target)
  if (!regionForm.test(region)) {
    throw new PointsmanError(
      'invalid_request',
      `"${region.slice(0, 64)}" is not an AWS region's name, such as eu-central-1.`,
      { field: 'region' },
    )
  }
  const host = `bedrock.${region}.amazonaws.com`
  return { origin: `https://${host}`, host, path: target }
}

function addressAt(baseUrl: string, variable: string, path: string): Address {
  const base = parseBaseUrl(baseUrl, variable)
  return { origin: base.origin, host: base.host, path: base.prefix + path }
}

/** As RFC 3986 has it: `encodeURIComponent` leaves five characters that a signature wants escaped. */
export const strictlyEncoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

// A holder: the paths of each model, whose ids are the catalogue's own texts. Bounded by `mostIds`.
const pathsOfIds = new Map<string, Map<string, string>>()
const mostIds = 256

/** Judged and put together once: it is 1 % of a request, and the same text again is found sooner where it is signed. */
function pathOf(id: string, verb: string): string {
  const known = pathsOfIds.get(id)?.get(verb)
  if (known !== undefined) return known
  const path = joinedText(`/model/${encodeModelId(id)}/`, verb)
  const paths = pathsOfIds.get(id)
  if (paths !== undefined) paths.set(verb, path)
  else {
    if (pathsOfIds.size >= mostIds) pathsOfIds.clear()
    pathsOfIds.set(id, new Map([[verb, path]]))
  }
  return path
}

/** One path segment: `:` and the slashes of an ARN are escaped, as AWS's own clients do (bedrock.md 1.1). */
function encodeModelId(upstreamId: string): string {
  // A segment of dots survives every escape and would be resolved away; an empty one is a typing error.
  const unsafe = upstreamId.split('/').some((segment) => /^\.*$/.test(segment))
  if (unsafe || !idForm.test(upstreamId)) {
    throw new PointsmanError(
      'upstream_model_unavailable',
      `The id "${upstreamId.slice(0, 128)}" cannot be sent to Bedrock: an id is made of letters, digits and . _ : / -. Correct the model's upstream id in the catalogue.`,
    )
  }
  return upstreamId.replaceAll(':', '%3A').replaceAll('/', '%2F')
}
