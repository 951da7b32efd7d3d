import { BedrockFailure, validation } from './failure.ts'

export type RuntimeOperation =
  'converse' | 'converse-stream' | 'invoke' | 'invoke-with-response-stream' | 'count-tokens'

export type Operation =
  | RuntimeOperation
  | 'get-foundation-model'
  | 'get-inference-profile'
  | 'list-foundation-models'
  | 'list-inference-profiles'
  | 'get-foundation-model-availability'
  | 'list-service-quotas'

/** What a request's path asks for. */
export interface Address {
  readonly operation: Operation
  /** Decoded once; empty for operations that name no model. */
  readonly modelId: string
  /** From the path's own prefix `/region/{name}`, for endpoints that cannot tell it otherwise. */
  readonly region: string | null
  readonly query: URLSearchParams
}

const RUNTIME_OPERATIONS: ReadonlySet<string> = new Set<RuntimeOperation>([
  'converse',
  'converse-stream',
  'invoke',
  'invoke-with-response-stream',
  'count-tokens',
])

const availability = '/foundation-model-availability/'

function isRuntimeOperation(name: string): name is RuntimeOperation {
  return RUNTIME_OPERATIONS.has(name)
}

/**
 * Reads method and target. The model id may be percent-encoded, have raw colons, or be an ARN with raw slashes, so it
 * is all that stands between `/model/` and the last slash. Service Quotas, another service, names its operation in a header.
 * Throws UnknownOperationException for any other path.
 */
export function readAddress(method: string, target: string, amzTarget: unknown = null): Address {
  const questionMark = target.indexOf('?')
  const rawPath = questionMark === -1 ? target : target.slice(0, questionMark)
  const query = new URLSearchParams(questionMark === -1 ? '' : target.slice(questionMark + 1))
  const prefix = /^\/region\/([a-z0-9-]{1,32})(?=\/)/.exec(rawPath)
  const region = prefix?.[1] ?? null
  const path = prefix === null ? rawPath : rawPath.slice(prefix[0].length)
  if (method === 'POST' && path.startsWith('/model/')) {
    const lastSlash = path.lastIndexOf('/')
    const operation = path.slice(lastSlash + 1)
    const modelId = path.slice('/model/'.length, Math.max(lastSlash, '/model/'.length))
    if (isRuntimeOperation(operation) && modelId !== '')
      return { operation, modelId: decoded(modelId), region, query }
  }
  if (method === 'GET' && path === '/foundation-models') {
    return { operation: 'list-foundation-models', modelId: '', region, query }
  }
  if (method === 'GET' && path === '/inference-profiles') {
    return { operation: 'list-inference-profiles', modelId: '', region, query }
  }
  const one = method === 'GET' ? /^\/(foundation-models|inference-profiles)\/(.+)$/.exec(path) : null
  if (one !== null) {
    const operation = one[1] === 'foundation-models' ? 'get-foundation-model' : 'get-inference-profile'
    return { operation, modelId: decoded(one[2] ?? ''), region, query }
  }
  if (method === 'GET' && path.startsWith(availability)) {
    const modelId = decoded(path.slice(availability.length))
    return { operation: 'get-foundation-model-availability', modelId, region, query }
  }
  if (method === 'POST' && path === '/' && amzTarget === 'ServiceQuotasV20190624.ListServiceQuotas')
    return { operation: 'list-service-quotas', modelId: '', region, query }
  throw new BedrockFailure('UnknownOperationException', `Unknown operation: ${method} ${path.slice(0, 200)}`)
}

function decoded(modelId: string): string {
  try {
    return decodeURIComponent(modelId)
  } catch (error) {
    if (error instanceof URIError) throw validation('The provided model identifier is invalid.')
    throw error
  }
}
