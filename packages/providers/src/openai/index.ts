import { providerId, type Provider, type ProviderDialect } from '@pointsman/contract'
import { toolsBarReasoning } from '@pointsman/wire'
import { withCallers } from '../with-callers.ts'
import { openaiAddress, type ApiPlace } from './address.ts'
import { authenticate, type KeyHeader } from './authenticate.ts'
import { readFailure, readStreamError } from './failures.ts'

const chat: ProviderDialect = {
  name: 'openai-chat',
  operations: ['chat', 'chat-stream', 'embed'],
  formats: null,
}

/** OpenAI: chat completions with embeddings, and responses with their token count. */
export function createOpenai(): Provider {
  return createProvider({
    id: 'openai',
    place: {
      baseUrl: 'https://api.openai.com/v1',
      variable: 'OPENAI_BASE_URL',
      query: '',
      deployments: false,
    },
    keyHeader: 'authorization',
    keyIsOptional: false,
    credentialHint: 'OPENAI_API_KEY',
    dialects: [
      { ...chat, writesFor: (model, { tools }) => !tools || !toolsBarReasoning(model) },
      { name: 'openai-responses', operations: ['chat', 'chat-stream', 'count-tokens'], formats: null },
    ],
  })
}

/** What an operator says of a server that speaks OpenAI's API. */
export interface CompatibleServer {
  /** The provider's id in the catalogue. */
  readonly id: string
  /** With the path before `/chat/completions`: `http://127.0.0.1:11434/v1`, `https://name.openai.azure.com/openai/v1`. */
  readonly baseUrl: string
  /** `api-key` is Azure's; left out = `authorization: Bearer …`. */
  readonly keyHeader?: KeyHeader
  /** Added to every path: `{ 'api-version': '2024-10-21' }`. */
  readonly query?: { readonly [name: string]: string }
  /** The model's name stands in the path: Azure's dated API, base `https://name.openai.azure.com/openai`. */
  readonly deployments?: boolean
  /** It answers `/responses` too. */
  readonly responses?: boolean
  /** How an operator gives it a key, for the message when it asks for one and has none. */
  readonly credentialHint?: string
}

const responses: ProviderDialect = {
  name: 'openai-responses',
  operations: ['chat', 'chat-stream'],
  formats: null,
}

/**
 * Any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, Azure. A credential of kind `none` is
 * taken, for servers of one's own.
 */
export function createOpenaiCompatible(server: CompatibleServer): Provider {
  const place: ApiPlace = {
    baseUrl: server.baseUrl,
    variable: `The base URL of provider ${server.id}`,
    query: new URLSearchParams(server.query ?? {}).toString(),
    deployments: server.deployments ?? false,
  }
  return createProvider({
    id: server.id,
    place,
    keyHeader: server.keyHeader ?? 'authorization',
    keyIsOptional: true,
    credentialHint: server.credentialHint ?? `the key of provider ${server.id}`,
    dialects: server.responses === true ? [chat, responses] : [chat],
  })
}

interface ApiProvider {
  readonly id: string
  readonly place: ApiPlace
  readonly keyHeader: KeyHeader
  readonly keyIsOptional: boolean
  readonly credentialHint: string
  readonly dialects: readonly ProviderDialect[]
}

/** What OpenAI itself and the servers like it have in common. */
function createProvider(about: ApiProvider): Provider {
  const { place, keyHeader, keyIsOptional, credentialHint } = about
  return {
    id: providerId(about.id),
    dialects: about.dialects,
    credentialHint,
    // "No additional fee" before GPT-5.6 (developers.openai.com, prompt caching); 2026-11.
    cacheWritesCostInput: true,
    buildRequest(input) {
      const { operation, credential, body, callerHeaders, baseUrl } = input
      const { origin, host, path } = openaiAddress(input, baseUrl === null ? place : { ...place, baseUrl })
      const headers = authenticate({
        credential,
        keyHeader,
        variable: credentialHint,
        keyIsOptional,
        host,
        operation,
      })
      return { origin, method: 'POST', path, headers: withCallers(headers, callerHeaders), body }
    },
    readFailure,
    readStreamError,
    // Azure's gateway gives its own where the service behind it was not reached.
    upstreamRequestId: ({ headers }) => headers['x-request-id'] ?? headers['apim-request-id'] ?? null,
  }
}
