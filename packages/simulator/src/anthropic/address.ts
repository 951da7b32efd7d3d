import type { IncomingHttpHeaders } from 'node:http'
import { AnthropicFailure } from './failure.ts'

/** By these names fault scripts match requests, and the ledger tells them. */
export type AnthropicOperation =
  'messages' | 'messages-stream' | 'messages-count-tokens' | 'list-anthropic-models' | 'get-anthropic-model'

/** What a request's path asks for. Whether messages stream is known once the body is read. */
export interface AnthropicAddress {
  readonly operation: Exclude<AnthropicOperation, 'messages-stream'>
  /** Decoded; empty where the path names none. */
  readonly modelId: string
  readonly query: URLSearchParams
}

const PATHS: readonly (readonly [RegExp, string, AnthropicAddress['operation']])[] = [
  [/^\/v1\/messages\/?$/, 'POST', 'messages'],
  [/^\/v1\/messages\/count_tokens\/?$/, 'POST', 'messages-count-tokens'],
  [/^\/v1\/models\/?$/, 'GET', 'list-anthropic-models'],
  [/^\/v1\/models\/([^/]+)$/, 'GET', 'get-anthropic-model'],
]

/** True for the paths that are this vendor's; OpenAI lists its models under the same one, without the version. */
export function isAnthropicTarget(target: string, headers: IncomingHttpHeaders): boolean {
  if (/^\/v1\/messages(?:[/?]|$)/.test(target)) return true
  return /^\/v1\/models(?:[/?]|$)/.test(target) && headers['anthropic-version'] !== undefined
}

/** Reads method and target. Throws not_found_error for a path that is none, and 405 for another method on one. */
export function readAnthropicAddress(method: string, target: string): AnthropicAddress {
  const questionMark = target.indexOf('?')
  const path = questionMark === -1 ? target : target.slice(0, questionMark)
  const query = new URLSearchParams(questionMark === -1 ? '' : target.slice(questionMark + 1))
  for (const [pattern, expected, operation] of PATHS) {
    const match = pattern.exec(path)
    if (match === null) continue
    if (method !== expected) throw new AnthropicFailure('invalid_request_error', 'Method Not Allowed', 405)
    return { operation, modelId: decoded(match[1] ?? ''), query }
  }
  throw new AnthropicFailure('not_found_error')
}

function decoded(modelId: string): string {
  try {
    return decodeURIComponent(modelId)
  } catch (error) {
    if (error instanceof URIError) throw new AnthropicFailure('not_found_error', `model: ${modelId}`)
    throw error
  }
}
