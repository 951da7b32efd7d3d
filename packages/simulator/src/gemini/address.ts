import type { RequestHead } from '../exchange.ts'
import { GeminiFailure } from './failure.ts'

export type GenerateOperation = 'generate-content' | 'stream-generate-content'

export type Operation =
  | GenerateOperation
  | 'gemini-count-tokens'
  | 'embed-content'
  | 'batch-embed-contents'
  | 'list-gemini-models'
  | 'get-gemini-model'

/** What a request's path asks for. */
export interface Address {
  readonly operation: Operation
  /** `v1beta` or `v1`; told in what is said of a model that does not exist. */
  readonly version: string
  /** Decoded once, without `models/`; empty for the list. */
  readonly modelId: string
  readonly query: URLSearchParams
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    generateContent: 'generate-content',
    streamGenerateContent: 'stream-generate-content',
    countTokens: 'gemini-count-tokens',
    embedContent: 'embed-content',
    batchEmbedContents: 'batch-embed-contents',
  } as const),
)

const VERB_PATH = /^\/(v1|v1beta)\/models\/([^/]+):([a-zA-Z]+)$/
const MODELS_PATH = /^\/(v1|v1beta)\/models(?:\/([^/:]+))?$/

/**
 * True for the requests of this API: all below `/v1beta/`, `/v1/models/{id}:verb`, and what else lies below `/v1/` where
 * the key comes as only this vendor's does; other APIs have paths such as `/v1/models` too.
 */
export function isGeminiRequest(head: RequestHead): boolean {
  const { path } = splitTarget(head.target)
  if (path.startsWith('/v1beta/') || VERB_PATH.test(path.replaceAll(/%3a/gi, ':'))) return true
  return path.startsWith('/v1/') && head.headers['x-goog-api-key'] !== undefined
}

/** Reads method and target. Throws NOT_FOUND for a path of this API that leads nowhere. */
export function readAddress(method: string, target: string): Address {
  const { path, query } = splitTarget(target)
  // Clients that encode the whole last part of a path send the colon encoded too.
  const called = VERB_PATH.exec(path.replaceAll(/%3a/gi, ':'))
  if (called !== null && method === 'POST') {
    const [, version = '', id = '', verb = ''] = called
    const operation = OPERATIONS.get(verb)
    if (operation !== undefined) return { operation, version, modelId: decoded(id), query }
  }
  const listed = MODELS_PATH.exec(path)
  if (listed !== null && method === 'GET') {
    const [, version = '', id] = listed
    return id === undefined
      ? { operation: 'list-gemini-models', version, modelId: '', query }
      : { operation: 'get-gemini-model', version, modelId: decoded(id), query }
  }
  throw new GeminiFailure('NOT_FOUND', `Method not found: ${method} ${path.slice(0, 200)}`)
}

function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const question = target.indexOf('?')
  return {
    path: question === -1 ? target : target.slice(0, question),
    query: new URLSearchParams(question === -1 ? '' : target.slice(question + 1)),
  }
}

function decoded(modelId: string): string {
  try {
    return decodeURIComponent(modelId)
  } catch (error) {
    if (error instanceof URIError) throw new GeminiFailure('INVALID_ARGUMENT', 'Invalid resource name.')
    throw error
  }
}
