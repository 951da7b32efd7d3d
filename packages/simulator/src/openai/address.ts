import { OpenaiFailure } from './failure.ts'

export type Operation =
  | 'chat-completions'
  | 'responses'
  | 'responses-input-tokens'
  | 'get-response'
  | 'delete-response'
  | 'embeddings'
  | 'list-openai-models'
  | 'get-openai-model'

export interface Address {
  readonly operation: Operation
  /** Decoded once; empty where the body names the model. */
  readonly modelId: string
  /** Decoded once; empty where the path names none. */
  readonly responseId: string
}

const BY_PATH: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['/chat/completions', 'chat-completions'],
  ['/responses', 'responses'],
  ['/responses/input_tokens', 'responses-input-tokens'],
  ['/embeddings', 'embeddings'],
])

const PREFIX = /^(?:\/openai)?\/v1(?=\/)/
const pathOf = (target: string): string => target.split('?', 1)[0] ?? ''

/** Whatever no other vendor takes below `/v1/`, and the same below `/openai/v1/`, as some hosts have it. */
export const isOpenaiTarget = (target: string): boolean => PREFIX.test(pathOf(target))

/** Reads method and target. Throws what the vendor says of a path that leads nowhere. */
export function readAddress(method: string, target: string): Address {
  const path = pathOf(target).replace(PREFIX, '')
  const operation = method === 'POST' ? BY_PATH.get(path) : undefined
  const none = { modelId: '', responseId: '' }
  if (operation !== undefined) return { ...none, operation }
  if (method === 'GET' && path === '/models') return { ...none, operation: 'list-openai-models' }
  if (method === 'GET' && path.startsWith('/models/')) {
    return { ...none, operation: 'get-openai-model', modelId: decoded(path.slice('/models/'.length)) }
  }
  const responseId = /^\/responses\/([^/]+)$/.exec(path)?.[1]
  if (responseId !== undefined && (method === 'GET' || method === 'DELETE')) {
    const kept = method === 'GET' ? 'get-response' : 'delete-response'
    return { ...none, operation: kept, responseId: decoded(responseId) }
  }
  throw new OpenaiFailure(
    'invalid_request_error',
    `Invalid URL (${method} ${pathOf(target).slice(0, 200)})`,
    {
      status: 404,
    },
  )
}

function decoded(modelId: string): string {
  try {
    return decodeURIComponent(modelId)
  } catch (error) {
    if (error instanceof URIError)
      throw new OpenaiFailure('invalid_request_error', 'Invalid URL', { status: 404 })
    throw error
  }
}
