// size: the one table of data-plane paths
import type { DialectName, Operation } from '@pointsman/contract'

/** What a data-plane path asks for. Everything that is not matched here goes to the control door. */
export type Matched =
  | {
      readonly kind: 'chat'
      readonly face: DialectName
      readonly model: string | null
      readonly operation: Operation | null
    }
  | { readonly kind: 'models'; readonly model: string | null }
  | { readonly kind: 'health'; readonly of: 'live' | 'ready' }
  | { readonly kind: 'unknown'; readonly face: DialectName; readonly problem: string }
  | { readonly kind: 'wrong-method'; readonly allowed: string; readonly face: DialectName }

const bedrockPath = /^\/model\/(.+)\/(converse|converse-stream)$/

/** The one decode of a model id in a path: SDKs send `:` and `/` percent-encoded or raw, both must work (bedrock.md 1.1). */
function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    // Malformed percent-encoding is a path that does not exist; anything else is a bug of ours.
    if (error instanceof URIError) return null
    throw error
  }
}

const post = (method: string, face: DialectName, matched: Matched): Matched =>
  method === 'POST' ? matched : { kind: 'wrong-method', allowed: 'POST', face }

/** Finds what a path asks for; null = not a data-plane path. */
export function matchRoute(method: string, path: string): Matched | null {
  switch (path) {
    case '/v1/chat/completions':
      return post(method, 'openai-chat', { kind: 'chat', face: 'openai-chat', model: null, operation: null })
    case '/v1/models':
      return method === 'GET'
        ? { kind: 'models', model: null }
        : { kind: 'wrong-method', allowed: 'GET', face: 'openai-chat' }
    case '/healthz':
      return { kind: 'health', of: 'live' }
    case '/readyz':
      return { kind: 'health', of: 'ready' }
    default:
      return matchPattern(method, path)
  }
}

/** Paths that carry a model's name; other paths of a face are refused in its own words. */
function matchPattern(method: string, path: string): Matched | null {
  if (path.startsWith('/model/')) return matchBedrock(method, path)
  if (path.startsWith('/v1/models/')) {
    const model = decodeOnce(path.slice('/v1/models/'.length))
    if (model === null) return badEscape('openai-chat')
    return method === 'GET'
      ? { kind: 'models', model }
      : { kind: 'wrong-method', allowed: 'GET', face: 'openai-chat' }
  }
  if (path.startsWith('/v1/')) {
    const problem = `There is no ${path} here. This server answers POST /v1/chat/completions and GET /v1/models.`
    return { kind: 'unknown', face: 'openai-chat', problem }
  }
  return null
}

function matchBedrock(method: string, path: string): Matched {
  const match = bedrockPath.exec(path)
  if (match?.[1] === undefined) {
    const problem = `There is no ${path} here. This server answers POST /model/{id}/converse and /model/{id}/converse-stream.`
    return { kind: 'unknown', face: 'bedrock-converse', problem }
  }
  const model = decodeOnce(match[1])
  if (model === null) return badEscape('bedrock-converse')
  const operation = match[2] === 'converse' ? 'chat' : 'chat-stream'
  return post(method, 'bedrock-converse', { kind: 'chat', face: 'bedrock-converse', model, operation })
}

const badEscape = (face: DialectName): Matched => ({
  kind: 'unknown',
  face,
  problem: 'The model id in this path is not percent-encoded UTF-8.',
})
